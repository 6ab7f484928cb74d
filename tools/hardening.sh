#!/bin/bash
# hardening.sh [PROGRAM]: what the release binary must be, read off the binary itself.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-build/release/purser}
failed=0
expect() {
    local what=$1
    shift
    "$@" || { echo "$program: $what"; failed=1; }
}
has() { grep -qE "$1" <<<"$2"; }
lacks() { ! grep -qE "$1" <<<"$2"; }

header=$(readelf -hW "$program")
segments=$(readelf -lW "$program")
dynamic=$(readelf -dW "$program")
symbols=$(nm -D "$program")
expect "is not position independent" has 'Type: +DYN' "$header"
expect "binds late" has 'BIND_NOW|FLAGS_1.*NOW' "$dynamic"
expect "has no RELRO" has 'GNU_RELRO' "$segments"
expect "has an executable stack" has 'GNU_STACK.* RW ' "$segments"
expect "has a segment that is writable and executable" lacks 'LOAD.* RWE ' "$segments"
expect "carries an RPATH" lacks 'RPATH|RUNPATH' "$dynamic"
expect "was built without _FORTIFY_SOURCE" has '__[a-z]+_chk' "$symbols"
expect "was built without stack protection" has '__stack_chk_fail' "$symbols"
# No way around a signature (R19) or a certificate (R73) is shipped.
expect "knows a way around checks" lacks 'insecure|allow[-_]unsigned|skip[-_]verif' \
    "$(strings -n 8 "$program")"
exit $failed
