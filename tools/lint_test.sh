#!/bin/bash
# lint_test.sh: the lints are tested by breaking each rule once, in a tree made for it.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree"
git init -q .
warnings=$(sed -n '/^WARN :=/,/[^\\]$/{s/^WARN :=//;s/\\$//;p}' "$here/../Makefile")
passed=0
failed=0

# catches LINT FILE 'what it says' <<<content: the file alone in the tree is refused with the words.
catches() {
    local lint=$1 file=$2 words=$3 out
    rm -rf src && mkdir -p "$(dirname "$file")"
    cat >"$file"
    case $lint in
    floors) out=$("$here/floors.sh" "$tree" 2>&1) && out="nothing: $out" ;;
    compiler) out=$(gcc -fsyntax-only -Werror $warnings "$file" 2>&1) && out="nothing: $out" ;;
    tidy) out=$("$here/tidy.pl" 2>&1) && out="nothing: $out" ;;
    banned)
        mkdir -p "objects/$(dirname "${file#src/}")"
        gcc -w -O0 -c -o "objects/${file#src/}.o" "$file"
        mv "objects/${file#src/}.o" "objects/$(dirname "${file#src/}")/$(basename "$file" .c).o"
        out=$("$here/banned.sh" "$tree/objects" 2>&1) && out="nothing: $out"
        rm -rf objects
        ;;
    esac
    if grep -qF -- "$words" <<<"$out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$lint, $file: wanted \"$words\", got \"$out\""
    fi
}

catches floors src/base/x.c 'calls go left and down' <<<'#include "db/db.h"'
catches floors src/db/x.c 'db, net and web do not know each other' <<<'#include "web/web.h"'
catches floors src/job/x.c 'calls go left and down' <<<'#include "ledger/ledger.h"'
catches floors src/ledger/x_api.c 'a handler never touches the store' <<<'#include "db/db.h"'
catches floors src/ledger/x.c 'only x_api.c and x_page.c' <<<'#include "web/web.h"'
catches floors src/ledger/x.h 'JSON is not part of a promise' <<<'#include "base/json.h"'
catches floors src/ledger/x.c 'HTML is written in' <<<'#include "base/html.h"'
catches floors src/ledger/x.c 'private to its feature' <<<'#include "fact/fact_db.h"'
catches floors src/ledger/x_db.c 'never meet in one file' <<<'#include "net/net.h"'
catches floors src/ledger/x_db.c 'belongs to src/db/sqlite alone' <<<'#include <sqlite3.h>'
catches floors src/gateway/x.c 'neither store nor routes' <<<'#include "db/db.h"'
catches floors src/sandbox/x.c 'knows no feature' <<<'#include "order/order.h"'
catches floors src/utils/x.c 'not in the list' <<<'#include "base/str.h"'
catches floors src/web/x.c 'written folder/file.h' <<<'#include "web.h"'

# R68 a format that is not a literal does not compile
catches compiler src/base/x.c 'format not a string literal' <<'END'
int printf(const char *, ...);
int f(char *s) { return printf(s); }
END

# R1 a floating-point type or number is found
catches tidy src/base/x.c 'no floating point' <<<'static double x;'
catches tidy src/base/x.c 'no floating point' <<<'int f(void) { return (int)(1.5 * 2); }'
catches tidy src/schema/0002_x.sql 'the step 0001 is expected here' <<<'SELECT 1;'
catches tidy src/base/x.c 'over 100 columns' <<<"/* $(printf 'x%.0s' {1..100}) */"
catches tidy src/base/x.c 'an open end' <<<'/* TODO later */'
catches tidy src/base/x.c 'a tab' <<<$'\tint x;'
catches tidy src/base/x.c 'trailing space' <<<'int x; '
catches tidy src/base/x.c 'over 500 lines' <<<"$(printf 'int x;\n%.0s' {1..501})"
catches tidy src/base/x.c 'a function of 71 lines' <<<"$(printf 'int f(void)\n{\n'
printf '    x();\n%.0s' {1..71}
printf '}\n')"
catches tidy src/base/x.c 'default: in a switch over an enum of ours' <<'END'
int f(enum err e)
{
    switch (e) {
    case E_OK_SAID:
        return 1;
    default:
        return 0;
    }
}
END
catches tidy src/order/order.c 'SQL belongs into x_db.c' <<<'const char *q = "SELECT n FROM o";'
catches tidy src/order/order.c 'db_one belongs into x_db.c' <<<'int f(void) { return db_one(c, Q); }'
# R61 a statement that is not a literal is found
catches tidy src/order/order_db.c 'is not a literal' <<<'int f(char *q) { return db_one(c, q); }'
catches tidy src/order/order_db.c 'come in any order' <<<'int f(void) { return db_each(c, "SELECT n FROM o");
}'
# R70 a comparison that tells its time is found
catches tidy src/order/order.c 'R70' <<<'int f(void) { return memcmp(a, b, 3); }'
catches tidy src/order/order.c 'a thread-local' <<<'static _Thread_local int x;'
catches tidy src/order/order.c 'goto' <<<'int f(void) { goto out; }'
catches tidy src/order/order_page.c 'count as markup' <<<'char *name;'
catches tidy src/order/order.c.orig 'does not belong' <<<'int x;'

catches banned src/base/x.c 'strcpy is banned' <<<'char *strcpy(char*,char*); void f(char*a,char*b){strcpy(a,b);}'
catches banned src/base/x.c 'sprintf is banned' <<<'int __sprintf_chk(char*); void f(char*a){__sprintf_chk(a);}'
catches banned src/base/x.c 'time is banned here' <<<'long time(long*); long f(void){return time(0);}'
# R74 randomness from elsewhere than its own file is found
catches banned src/order/x.c 'rand is banned' <<<'int rand(void); int f(void){return rand();}'
catches banned src/order/x.c 'malloc is banned here' <<<'void*malloc(unsigned long);void*f(void){return malloc(1);}'
catches banned src/order/x.c 'pthread_create is banned' <<<'int pthread_create(); int f(void){return pthread_create();}'
catches banned src/order/x.c 'is static and can change' <<<'static int n; int f(void){return n++;}'
catches banned src/order/x.c 'is static and can change' <<<'int f(void){static int n = 3; return n++;}'
catches banned src/order/x.c 'is static and can change' <<<'_Thread_local int n;'

# R94 a version that is listed is found, whatever it is of; what is accepted does not fail
components() {
    printf '{"components":[{"name":"%s","version":"%s","purl":"pkg:%s","properties":%s}]}' \
        "$2" "$3" "$1" "${4:-[]}" >"$tree/sbom.json"
}
listed() {
    local want=$1 list=$2
    echo "$list" >"$tree/list.txt"
    if (cd "$here/.." && tools/sbom.pl --check "$tree/list.txt" "$tree/sbom.json") >"$tree/out" 2>&1; then
        found=no
    else
        found=yes
    fi
    if [ $found = "$want" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "R94 $(cat "$tree/sbom.json") against \"$list\": $(cat "$tree/out")"
    fi
}
components npm/debug@4.4.2 debug 4.4.2
listed yes 'npm debug = 4.4.2 GHSA-x stolen'
listed no 'npm debug = 4.4.1 GHSA-x stolen'
listed yes 'npm debug >= 4.0.0 < 4.10.0 GHSA-x stolen'
listed no 'npm debug < 4.4.2 GHSA-x stolen'
listed no 'deb debug = 4.4.2 GHSA-x stolen'
listed no 'accepted npm debug = 4.4.2 GHSA-x stolen'
listed yes 'npm debug 4.4.2' # not a line of the list
listed yes '# nothing is listed'
components deb/debian/libcurl4@7 libcurl4 7 \
    '[{"name":"debian:source","value":"curl"},{"name":"debian:source-version","value":"7.88.1-10+deb12u3"}]'
listed yes 'deb curl < 7.88.1-10+deb12u4 CVE-x a heap'
listed no 'deb curl < 7.88.1-10+deb12u3 CVE-x a heap'
listed no 'deb libcurl4 < 9 CVE-x a heap'

echo "$passed passed, $failed failed"
[ $failed = 0 ]
