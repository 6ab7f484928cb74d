#!/bin/bash
# node_tests.sh FOLDER: Node's test runner over FOLDER/*.test.mjs, closed with our own line.
# T=words keeps the tests whose name holds the words; LANES files run at a time, but for what is
# measured, which runs alone.
set -uo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
files=("$1"/*.test.mjs)
[ ${#files[@]} -gt 0 ] || { echo "0 passed, 0 failed"; exit 0; }
out=$(mktemp)
trap 'rm -f "$out"' EXIT
calm=()
busy=()
for file in "${files[@]}"; do
    case $file in */overload.*) busy+=("$file") ;; *) calm+=("$file") ;; esac
done
status=0
# lanes N FILE…
lanes() {
    local n=$1
    shift
    [ $# = 0 ] || node --test --test-concurrency="$n" --test-reporter=tap \
        ${T:+--test-name-pattern="$T"} "$@" >>"$out" 2>&1 || status=1
}
lanes "${LANES:-$(nproc)}" "${calm[@]}"
lanes 1 "${busy[@]}"
# What passed as a name, what tests said of themselves, and at the end what failed, whole.
grep -E '^ *ok |^# [^ ]*[0-9{]' "$out" | grep -v ' # SKIP' || true
awk '/^ *not ok / { show = 1 } /^ *(ok |# Subtest)/ { show = 0 } show' "$out"
count() { awk -v what="$1" '$1 == "#" && $2 == what { n += $3 } END { print n + 0 }' "$out"; }
echo "$(count pass) passed, $(($(count fail) + $(count cancelled))) failed"
exit $status
