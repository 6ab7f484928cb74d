#!/bin/sh
# embed.sh DIR FILE… writes DIR/embed.c: every file as bytes of the program, with its first 12 hex
# digits of SHA-256 and, for assets, a gzip twin.  src/base/embed.h reads the table.
set -eu
dir=$1
shift
out=$dir/embed.c
{
    echo '/* written by tools/embed.sh */'
    echo '#include "base/embed.h"'
    i=0
    for f in "$@"; do
        case $f in
        *.ttf) : >"$dir/$i.gz" ;; # is not sent to anybody
        *) gzip -9 -n -c "$f" >"$dir/$i.gz" ;;
        esac
        for kind in raw gz; do
            file=$f
            [ $kind = gz ] && file=$dir/$i.gz
            printf '__asm__(".pushsection .rodata\\n.global embed_%s_%s\\n"\n' $kind $i
            printf '    "embed_%s_%s:\\n.incbin \\"%s\\"\\n.byte 0\\n.popsection");\n' $kind $i "$file"
            printf 'extern const char embed_%s_%s[];\n' $kind $i
        done
        i=$((i + 1))
    done
    echo 'const struct embedded embedded_files[] = {'
    i=0
    for f in "$@"; do
        hash=$(sha256sum "$f" | cut -c1-12)
        printf '    { "%s", "%s", { embed_raw_%s, %s }, { embed_gz_%s, %s } },\n' \
            "$f" "$hash" $i "$(stat -c %s "$f")" $i "$(stat -c %s "$dir/$i.gz")"
        i=$((i + 1))
    done
    echo '    { 0, 0, { 0, 0 }, { 0, 0 } },'
    echo '};'
} >"$out"
