#!/bin/bash
# analyze.sh cppcheck|clang-tidy|gcc: static analysis at zero findings.  What is switched off here
# is switched off for a reason that stands beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
includes=(-Isrc -Ibuild/llhttp/usr/share/include/llhttp)
postgres=$(pg_config --includedir 2>/dev/null || echo /usr/include/postgresql)
defines=(-D_GNU_SOURCE -DLLHTTP_STRICT_MODE=1 '-DPURSER_VERSION="0"')
sources() { find src -name '*.c' ! -name '*_test.c' ! -name test.c ! -name test_main.c | sort; }

case $1 in
cppcheck)
    # System headers are the compilers' business.  uninitvar mistakes an array of pointers for the
    # things pointed at (gcc and clang look for the same); autoVariables objects to a caller that
    # waits until nobody points at its frame any more; internalAstError is cppcheck's own trouble
    # with compound literals after a colon and with html(), and constStatement takes a call that
    # follows one of these for a comma whose value nobody uses (-Wunused-value looks for those).
    mapfile -t files < <(sources)
    cppcheck --quiet --error-exitcode=1 -j "$(nproc)" --std=c11 --language=c \
        --enable=warning,portability,performance --inline-suppr \
        --suppress=missingIncludeSystem --suppress=uninitvar --suppress=autoVariables \
        --suppress=internalAstError --suppress=constStatement \
        --library=posix "${includes[@]}" "${defines[@]}" "${files[@]}"
    ;;
clang-tidy)
    # Switches: our enums have no default (bugprone-switch-missing-default contradicts that).
    # bugprone-easily-swappable-parameters: pairs of the same type are named in the header.
    # cert-err33-c: printing to a terminal may fail.  assignment-in-if, reserved-identifier: macros
    # of ours end in an underscore and are meant to.  DeprecatedOrUnsafeBufferHandling: asks for
    # Annex K, which glibc does not have.  narrowing-conversions: -Wconversion decides, and a cast
    # is a cast.  not-null-terminated-result: strings of ours carry no NUL.  sizeof-expression:
    # arrays of pointers are meant.  implicit-widening: of constants that fit in an int.
    # macro-parentheses: a row of a .def is no expression.
    checks='-*,bugprone-*,cert-*,clang-analyzer-*,concurrency-*,misc-*'
    checks+=',readability-misleading-indentation'
    checks+=',-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier'
    checks+=',-cert-dcl37-c,-cert-dcl51-cpp,-cert-err33-c,-misc-unused-parameters'
    checks+=',-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling'
    checks+=',-bugprone-assignment-in-if-condition,-misc-no-recursion,-concurrency-mt-unsafe'
    checks+=',-bugprone-narrowing-conversions,-bugprone-not-null-terminated-result'
    checks+=',-bugprone-macro-parentheses,-bugprone-sizeof-expression'
    checks+=',-bugprone-implicit-widening-of-multiplication-result'
    # Each finding comes with the path that leads to it, often a screen long: the findings first.
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    sources | xargs -P "$(nproc)" -I{} clang-tidy --quiet --warnings-as-errors='*' \
        --checks="$checks" {} -- -std=gnu11 "${includes[@]}" -isystem "$postgres" "${defines[@]}" \
        >"$log" 2>&1 || { grep -E ' (error|warning): ' "$log" | sort -u; exit 1; }
    ;;
gcc)
    # gcc 12's analyzer knows neither arenas nor what two variables have to do with each other (a
    # length of 0 and a NULL) nor what a loop has filled: leaks are ASan's, null pointers and
    # uninitialised values clang's analyzer's.
    sources | xargs -P "$(nproc)" -I{} gcc -std=gnu11 -O1 -fanalyzer -Wno-analyzer-malloc-leak \
        -Wno-analyzer-file-leak -Wno-analyzer-null-argument -Wno-analyzer-null-dereference \
        -Wno-analyzer-possible-null-argument -Wno-analyzer-possible-null-dereference \
        -Wno-analyzer-use-of-uninitialized-value \
        -Werror "${includes[@]}" -isystem "$postgres" "${defines[@]}" -c -o /dev/null {}
    ;;
*)
    echo "analyze.sh cppcheck|clang-tidy|gcc" >&2
    exit 2
    ;;
esac
