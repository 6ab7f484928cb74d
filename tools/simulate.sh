#!/bin/bash
# simulate.sh seeds|mutants|hash: what `make test` and `make check` ask of the simulator
# (docs/simulate.md).
#   seeds    some hundred lives of the release build: nothing is violated, every situation was met
#   mutants  each defect planted for it (numbers from 20 on, and those others that it can see) is
#            found within a minute
#   hash     the same seeds leave the same trace, whichever compiler made the program
set -uo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The environment's own settings are not what is tried here.
simulate() {
    local program=$1
    shift
    (cd "$work" && env -i PATH="$PATH" PURSER_MUTANT="${mutant:-0}" timeout "${limit:-600}" "$program" simulate "$@")
}

seeds() {
    if simulate "$PWD/build/purser" --orders "${ORDERS:-5000}"; then
        echo "1 passed, 0 failed"
    else
        echo "0 passed, 1 failed"
    fi
}

mutants() {
    local found=0 missed=0 place mutant began
    while IFS=: read -r place mutant; do
        began=$SECONDS
        limit=60 simulate "$PWD/build/mutant/purser" --orders 1000000 >"$work/out" 2>&1
        if [ $? = 1 ] && grep -q ' broke ' "$work/out"; then
            echo "mutant $mutant of $place: $(grep -m 1 ' broke ' "$work/out") ($((SECONDS - began)) s)"
            found=$((found + 1))
        else
            echo "mutant $mutant of $place was not found"
            missed=$((missed + 1))
        fi
    done < <(grep -roE '\bMUTANT\(([2-9][0-9]|1[25678]|4)\)' src --include='*.c' |
        sed 's|MUTANT(\(.*\))|\1|' | sort -u)
    echo "$found passed, $missed failed"
    [ $missed = 0 ]
}

hash() {
    local one other
    one=$(simulate "$PWD/build/release/purser" --orders 400 --json | grep -o '"traceHash":"[0-9a-f]*"')
    other=$(simulate "$PWD/build/asan/purser" --orders 400 --json | grep -o '"traceHash":"[0-9a-f]*"')
    echo "gcc $one, clang $other"
    [ -n "$one" ] && [ "$one" = "$other" ]
}

case "${1:-}" in
seeds | mutants | hash) "$1" ;;
*)
    echo "simulate.sh seeds|mutants|hash" >&2
    exit 2
    ;;
esac
