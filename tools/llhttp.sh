#!/bin/sh
# Unpacks llhttp's C sources from Debian's node-llhttp into the folder given, without installing
# the package: installing it would pull Node in.
set -eu
into=$1
rm -rf "$into"
mkdir -p "$into"
cd "$into"
apt-get download -qq node-llhttp >/dev/null 2>&1 || {
    echo "purser: cannot fetch Debian's package node-llhttp; run 'make deps' (apt-get update) first" >&2
    exit 1
}
dpkg -x node-llhttp_*.deb .
rm -f node-llhttp_*.deb
grep -q LLHTTP_STRICT_MODE usr/share/include/llhttp/llhttp.h
touch ready
