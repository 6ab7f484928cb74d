#!/bin/bash
# deb.sh VERSION [PROGRAM FOLDER]: FOLDER/purser_VERSION_ARCH.deb of that program, else build/ of the
# release build.  What it depends on is read off the program's own list of libraries.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
program=${2:-build/purser}
folder=${3:-build}
arch=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# The libraries that the program names itself, not those that they bring along.
depends=$(
    readelf -dW "$program" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | while read -r library; do
        path=$(ldd "$program" | awk -v name="$library" '$1 == name { print $3 }')
        [ -n "$path" ] || continue
        package=$(dpkg -S "$(readlink -f "$path")" "$path" 2>/dev/null | head -n 1 | cut -d: -f1)
        # The branch that it was built with; patches of it come and go.  PostgreSQL's is one number.
        branch=$(dpkg-query -W -f='${Version}' "$package" | grep -oE '^[0-9]+(\.[0-9]+)?')
        [ "$package" != libpq5 ] || branch=${branch%%.*}
        echo "$package (>= $branch)"
    done | sort -u | paste -sd, | sed 's/,/, /g'
)

umask 022
chmod 755 "$root"
install -D -m 755 --strip "$program" "$root/usr/bin/purser"
for unit in service socket; do
    install -D -m 644 "packaging/purser.$unit" "$root/lib/systemd/system/purser.$unit"
done
install -D -m 644 packaging/purser.env "$root/etc/purser/purser.env"
chmod 600 "$root/etc/purser/purser.env"
install -D -m 644 README.md "$root/usr/share/doc/purser/README.md"
install -D -m 644 CHANGELOG.md "$root/usr/share/doc/purser/changelog.md"
install -D -m 644 LICENSE "$root/usr/share/doc/purser/copyright"
mkdir "$root/DEBIAN"
echo /etc/purser/purser.env >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/control" <<END
Package: purser
Version: $version
Architecture: $arch
Maintainer: purser maintainers <maintainers@localhost>
Depends: $depends, ca-certificates, tzdata
Suggests: postgresql
Section: net
Priority: optional
Description: payments backend in one program
 Takes orders, sends buyers to payment gateways, believes only verified
 confirmations, and hands out what was bought, in one durable commit.
 Keeps its data in one SQLite file or in PostgreSQL.
END
dpkg-deb --root-owner-group --build "$root" "$folder/purser_${version}_$arch.deb" >/dev/null
echo "$folder/purser_${version}_$arch.deb"
