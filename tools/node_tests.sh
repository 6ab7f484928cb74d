#!/bin/bash
# node_tests.sh FOLDER: Node's test runner over FOLDER/*.test.mjs, closed with our own line.
# T=words keeps the tests whose name holds the words.
set -uo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
files=("$1"/*.test.mjs)
[ ${#files[@]} -gt 0 ] || { echo "0 passed, 0 failed"; exit 0; }
out=$(mktemp)
trap 'rm -f "$out"' EXIT
node --test --test-reporter=tap ${T:+--test-name-pattern="$T"} "${files[@]}" >"$out" 2>&1
status=$?
# The failures whole, the rest as names.
grep -vE '^ *(# (Subtest|duration)|---|\.\.\.|duration_ms|type:|1\.\.)' "$out" || true
count() { awk -v what="$1" '$1 == "#" && $2 == what { n = $3 } END { print n + 0 }' "$out"; }
echo "$(count pass) passed, $(($(count fail) + $(count cancelled))) failed"
exit $status
