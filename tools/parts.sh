#!/bin/bash
# parts.sh COMMAND…: a C test program (src/base/test.h) with its tests dealt out to as many
# processes as there are processors, side by side; "N passed, N failed" over all of them.
set -uo pipefail
parts=$(nproc)
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
children=()
trap 'kill "${children[@]}"; exit 130' INT TERM
for part in $(seq "$parts"); do
    TEST_PART=$part/$parts "$@" >"$logs/$part" 2>&1 &
    children+=($!)
done
status=0
for child in "${children[@]}"; do
    wait "$child" || status=1
done
passed=0
failed=0
for part in $(seq "$parts"); do
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$logs/$part" | tail -n 1)
    grep -vxF -- "${line:-no tests}" "$logs/$part"
    # One that ended without its last line has failed.
    [ -n "$line" ] || line="0 passed, 1 failed"
    read -r good _ bad _ <<<"$line"
    passed=$((passed + good))
    failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ $status = 0 ] && [ $failed = 0 ]
