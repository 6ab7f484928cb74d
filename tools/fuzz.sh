#!/bin/bash
# fuzz.sh           each fuzzer for a minute or SECONDS_EACH, or only the one that T names
# fuzz.sh replay    every committed input once through every fuzzer, without libFuzzer
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
seconds=${SECONDS_EACH:-60}
targets=()
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    [ -z "${T:-}" ] || [ "$name" = "fuzz_$T" ] && targets+=("$name")
done
if [ ${#targets[@]} = 0 ]; then
    echo "no fuzzer is called ${T:-anything}"
    exit 1
fi

if [ "${1:-}" = replay ]; then
    make -s -j"$(nproc)" BUILD=asan fuzzers
    passed=0
    failed=0
    for name in "${targets[@]}"; do
        inputs=(tests/fuzz/corpus/"${name#fuzz_}"/*)
        if [ ${#inputs[@]} = 0 ]; then
            echo "$name has no corpus"
            failed=$((failed + 1))
        elif "build/asan/$name" "${inputs[@]}"; then
            passed=$((passed + ${#inputs[@]}))
        else
            failed=$((failed + 1))
        fi
    done
    echo "$passed passed, $failed failed"
    [ $failed = 0 ]
    exit
fi

make -s -j"$(nproc)" BUILD=fuzz fuzzers
for name in "${targets[@]}"; do
    corpus=tests/fuzz/corpus/${name#fuzz_}
    # New finds go to build/; what is worth keeping is copied into the corpus by hand.
    mkdir -p "$corpus" "build/corpus/$name" build/crashes
    dictionary=tests/fuzz/${name#fuzz_}.dict
    options=(-max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -print_final_stats=1
        -artifact_prefix="build/crashes/$name-")
    [ ! -e "$dictionary" ] || options+=("-dict=$dictionary")
    "build/fuzz/$name" "${options[@]}" "build/corpus/$name" "$corpus" 2>&1 | tail -n 12
done
