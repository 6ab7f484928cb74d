#!/bin/bash
# headers.sh: each of our headers compiles alone, so that including it is all that it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
while read -r header; do
    name=${header#src/}
    printf '#include "%s"\n' "$name" |
        gcc -std=gnu11 -D_GNU_SOURCE -DLLHTTP_STRICT_MODE=1 -Wall -Wextra -Werror -fsyntax-only -Isrc \
            -Ibuild/llhttp/usr/share/include/llhttp \
            -isystem "$(pg_config --includedir 2>/dev/null || echo /usr/include/postgresql)" \
            -x c - || { echo "$header does not compile alone"; failed=1; }
    guard=$(echo "${name^^}" | tr '/.' '__')
    grep -q "^#ifndef $guard\$" "$header" || { echo "$header: its guard is $guard"; failed=1; }
done < <(find src -name '*.h' | sort)
exit $failed
