#!/bin/bash
# floors.sh [FOLDER]: who may include whom.  docs/house.md says why; this is where it holds.
#
#   5  app              may include everything
#   4  edge sandbox sim may include base db net web and the features; left to right among themselves
#   3  the features     may include base, db, gateway, net and the features to their left
#   2  gateway          may include base, net
#   1  db net web       may include base only, never each other
#   0  base             may include itself
#
# Inside a feature the suffix is the floor: x.h and x.c know neither pages nor JSON, x_db.c is the
# only one with SQL, x_api.c and x_page.c never touch the store.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

# Calls go left.  A new feature is one word here.
features="setting failure fact job switch operation alert outgoing ledger mail customer catalog access credit coupon
    seller subscription order grant risk payment invoice refund dispute renewal inbox reconcile checkout
    account console report privacy"

# Foreign headers, each in its own few files.
foreign="sqlite3.h src/db/sqlite
libpq-fe.h src/db/pg
uv.h src/web/
llhttp.h src/web/parse
curl/ src/net/
openssl/ssl.h src/web/tls
openssl/ src/base/crypto,src/web/tls
zlib.h src/web/
hpdf.h src/invoice/paper
jansson.h src/base/json_oracle,_test.c
pthread.h src/db/,src/web/,src/net/,src/app/,src/base/log,src/base/slots,src/base/security,src/base/mishap,\
src/sandbox/simulator.h,_test.c"

grep -nE '^#include' -r src --include='*.[ch]' | awk -v features="$features" -v foreign="$foreign" '
function bad(why) {
    printf "%s:%s: includes %s: %s\n", file, line, name, why
    failed = 1
}
function base_of(path) { sub(/.*\//, "", path); return path }
function foreign_check(    i, part, place, j, ok) {
    for (i = 1; i <= foreign_count; i++) {
        split(foreign_rule[i], part, " ")
        if (index(name, part[1]) != 1)
            continue
        n = split(part[2], place, ",")
        ok = 0
        for (j = 1; j <= n; j++)
            if (place[j] ~ /^src/ ? index(file, place[j]) == 1 : file ~ place[j] "$")
                ok = 1
        if (!ok)
            bad("belongs to " part[2] " alone")
        return
    }
}
# What a file of a feature may include of the lower floors, by its suffix.
function suffix_check(    kind, stem) {
    stem = base_of(file)
    kind = stem ~ /_(db|api|page|mail|part|job|command|test)\.c$/ ? stem : stem ~ /\.h$/ ? "header" : "rules"
    sub(/\.c$/, "", kind)
    sub(/.*_/, "", kind)
    if (kind == "test")
        return
    if (from == "web" && kind == "part" && name == "web/part.h")
        return
    if (from == "web" && kind != "api" && kind != "page" && kind != "header")
        bad("only x_api.c and x_page.c are called from outside")
    if (from == "web" && kind == "header" && name != "web/web.h")
        bad("a header may know web/web.h, for its table of routes")
    if (from == "db" && kind != "db" && kind != "rules" && kind != "job" && kind != "command")
        bad("a handler never touches the store, and a header does not promise it")
    if (name == "base/html.h" && kind != "page" && kind != "mail" && kind != "part" && kind != "header")
        bad("HTML is written in x_page.c, x_mail.c and the parts that they use")
    if (name == "base/json.h" && (kind == "header"))
        bad("JSON is not part of a promise")
    if ((from == "net" || from == "gateway") && kind == "db")
        bad("SQL and the network never meet in one file")
}
BEGIN {
    n = split(features, f, /[ \n]+/)
    for (i = 1; i <= n; i++)
        place_of[f[i]] = 100 + i
    place_of["base"] = 0
    place_of["db"] = place_of["net"] = place_of["web"] = 1
    place_of["gateway"] = 2
    place_of["edge"] = 1001; place_of["sandbox"] = 1002; place_of["sim"] = 1003
    place_of["app"] = 2000
    foreign_count = split(foreign, foreign_rule, "\n")
}
{
    match($0, /:[0-9]+:/)
    file = substr($0, 1, RSTART - 1)
    line = substr($0, RSTART + 1, RLENGTH - 2)
    split(file, path, "/")
    here = path[2]
    rest = substr($0, RSTART + RLENGTH)
    name = rest
    sub(/^#include *["<]/, "", name)
    sub(/[">].*/, "", name)
    if (!(here in place_of)) {
        bad("src/" here " is not in the list of tools/floors.sh")
        next
    }
    if (rest ~ /</ ) {
        foreign_check()
        next
    }
    if (name !~ /^[a-z]+\/[a-z0-9_]+\.(h|def)$/) {
        foreign_check()
        if (name !~ /^(sqlite3|uv|llhttp|hpdf)\.h$/)
            bad("ours are written folder/file.h")
        next
    }
    split(name, to, "/")
    from = to[1]
    if (!(from in place_of)) {
        bad("no such folder")
        next
    }
    if (from == here || here == "app" || file ~ /_test\.c$/ && place_of[here] < 100)
        next
    if (name ~ /_db\.h$/)
        bad("x_db.h is private to its feature")
    if (place_of[from] >= place_of[here])
        bad(place_of[here] == 1 ? "db, net and web do not know each other" : "calls go left and down")
    else if (place_of[here] == 2 && from == "db" || place_of[here] == 2 && from == "web")
        bad("a gateway knows neither store nor routes")
    if (here == "sandbox" && place_of[from] >= 100 && place_of[from] < 1000)
        bad("the sandbox is the other side of the wire and knows no feature")
    if (place_of[here] >= 100 && place_of[here] < 1000)
        suffix_check()
}
END { exit failed }
'
