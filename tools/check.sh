#!/bin/bash
# check.sh [STAGE…]: what `make check` does.  Every rule that a program can judge; goes on after a
# failure, so that one run tells everything.  Closes with "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
failed=0
only=" $* "

# stage NAME COMMAND…: one line; what it printed is shown when it failed.
stage() {
    local name=$1 began=$SECONDS
    shift
    [ "$only" = "  " ] || [[ $only == *" $name "* ]] || return 0
    if "$@" >"$logs/$name" 2>&1 </dev/null; then
        passed=$((passed + 1))
        printf 'ok      %-14s %3d s\n' "$name" $((SECONDS - began))
    else
        failed=$((failed + 1))
        printf 'FAILED  %-14s %3d s\n' "$name" $((SECONDS - began))
        tail -n 60 "$logs/$name" | sed 's/^/    /'
    fi
}
formatted() {
    git ls-files '*.c' '*.h' | grep -v '^src/base/html.h$' | xargs clang-format --dry-run -Werror
}
unit() { make -s -j"$jobs" BUILD="$1" build/"$1"/test && tools/parts.sh "build/$1/test"; }

stage packages tools/deps.sh --check
stage format formatted
stage floors tools/floors.sh
stage habits tools/tidy.pl
stage docs tools/docs.pl
stage lints tools/lint_test.sh
stage headers tools/headers.sh
stage gcc make -s -j"$jobs" BUILD=release all build/release/test build/release/fill_bench \
    build/release/gateway_bench build/release/store_bench
stage banned tools/banned.sh
# R95 the unit leaves next to nothing open: exposure 1.5 at most
unit_exposure() {
    systemd-analyze security --offline=true --threshold=15 packaging/purser.service
}
stage hardening tools/hardening.sh
stage versions tools/sbom.pl --check
stage systemd unit_exposure
stage clang make -s -j"$jobs" BUILD=asan build/asan/test build/asan/purser
stage trace-hash tools/simulate.sh hash
stage asan unit asan
stage tsan unit tsan
stage cppcheck tools/analyze.sh cppcheck
stage clang-tidy tools/analyze.sh clang-tidy
stage gcc-analyzer tools/analyze.sh gcc
stage requirements tools/requirements.pl
[ -e "$logs/requirements" ] && cat "$logs/requirements"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
