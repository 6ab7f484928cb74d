#!/bin/bash
# test.sh: what `make test` does.  Every test on SQLite and on a private PostgreSQL, then the
# program itself from outside, then its pages in a browser.  T=words keeps those whose name holds
# the words.  The last line is "N passed, N failed" over everything.
set -uo pipefail
cd "$(dirname "$0")/.."
export T=${T:-}
jobs=$(nproc)
# In memory where there is room for it: a PostgreSQL that copies a database for each test is mostly
# its disk.
room=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
work=$(TMPDIR=$([ "${room:-0}" -gt 2000000 ] && echo /dev/shm) mktemp -d)
chmod 711 "$work" # PostgreSQL's user passes through
passed=0
failed=0

cleanup() {
    [ -d "$work/postgres" ] && tools/postgres.sh stop "$work/postgres"
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# suite NAME COMMAND…: the command's last "N passed, N failed" counts; a command that fails without
# saying so counts as one failure, and so does one that ran nothing.
suite() {
    local name=$1 began=$SECONDS status=0 line
    shift
    "$@" >"$work/log" 2>&1 </dev/null || status=$?
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/log" | tail -n 1)
    local good=${line%% *} bad
    bad=$(echo "${line:-x, 0 failed}" | sed 's/.*, //; s/ .*//')
    good=${good:-0}
    if [ $status -ne 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    if [ "$good" = 0 ] && [ "$bad" = 0 ] && [ -z "$T" ]; then bad=1; fi
    passed=$((passed + good))
    failed=$((failed + bad))
    printf '%-28s %5d passed, %d failed %5d s\n' "$name" "$good" "$bad" $((SECONDS - began))
    [ "$bad" = 0 ] || tail -n 200 "$work/log"
}

build() {
    tools/deps.sh --test || exit 1
    make -s -j"$jobs" BUILD=release build/purser build/release/test || exit 1
    make -s -j"$jobs" BUILD=mutant build/mutant/test build/mutant/purser || exit 1
    make -s -j"$jobs" BUILD=asan fuzzers || exit 1
    # The stock servers and clients that judge ours, the checker that judges our pages, and what
    # builds our client, from npm, as their lock files pin them.  Without them their tests fail, the
    # others need not.
    for folder in tests/system/oracles tests/browser clients/typescript; do
        [ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ] ||
            timeout 300 npm install --prefix $folder --no-save --no-audit --no-fund --silent \
                --ignore-scripts ||
            echo "npm could not install the packages of $folder"
    done
}

# A planted defect must be caught by the tests of the feature that it was planted in, or, where a
# feature has none beside it, by the program's that begin with its name; those from 20 on are the
# simulator's.
mutants() {
    local caught=0 survived=0 place n tests
    while IFS=: read -r place n; do
        tests=${place%/*}/
        compgen -G "${tests}*_test.c" >/dev/null || tests=src/app/${tests#src/}
        if PURSER_MUTANT=$n timeout 300 build/mutant/test "${tests%/}" >"$work/mutant" 2>&1; then
            echo "mutant $n of $place survived"
            survived=$((survived + 1))
        else
            echo "mutant $n of $place: $(grep -m 1 -E '^FAILED' "$work/mutant")"
            caught=$((caught + 1))
        fi
    done < <(grep -roE '\bMUTANT\(1?[0-9]\)' src --include='*.c' | sed 's|MUTANT(\(.*\))|\1|' | sort -u)
    echo "$caught passed, $survived failed"
}

build
suite "C, SQLite in memory" tools/parts.sh build/release/test ${T:+"$T"}
TEST_STORE=file suite "C, SQLite in a file" tools/parts.sh build/release/test ${T:+"$T"}
postgres=$(tools/postgres.sh start "$work/postgres") || exit 1
TEST_DB=$postgres suite "C, PostgreSQL" tools/parts.sh build/release/test ${T:+"$T"}
if [ -z "$T" ]; then
    suite "mutants" mutants
    suite "simulator" tools/simulate.sh seeds
    suite "simulator, mutants" tools/simulate.sh mutants
    suite "fuzz corpora" tools/fuzz.sh replay
fi
# Servers that are waited for leave processors idle.
LANES=$((jobs + 1)) suite "system, SQLite" tools/node_tests.sh tests/system
LANES=$((jobs + 1)) TEST_DB=$postgres suite "system, PostgreSQL" tools/node_tests.sh tests/system
suite "browser" tools/node_tests.sh tests/browser

echo "$passed passed, $failed failed"
[ $failed = 0 ]
