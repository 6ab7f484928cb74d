#!/bin/bash
# deps.sh [--test] [--check] [--bench]
# The Debian packages that building needs, and those that testing, checking or measuring need on top.
# Quick when nothing is missing.  Works as root, or as a user who has sudo.
set -euo pipefail
cd "$(dirname "$0")/.."

want=(make gcc libc6-dev ca-certificates gzip curl libuv1-dev libsqlite3-dev libpq-dev
    libcurl4-openssl-dev libssl-dev zlib1g-dev libhpdf-dev fonts-dejavu-core tzdata)
for group in "$@"; do
    case $group in
    --test) want+=(clang libclang-rt-14-dev libjansson-dev postgresql nodejs npm chromium
        openssl sqlite3 strace procps python3-aiosmtpd poppler-utils fakeroot) ;;
    --check) want+=(clang libclang-rt-14-dev clang-format clang-tidy cppcheck binutils git
        libjansson-dev systemd) ;;
    --bench) want+=(wrk procps nodejs npm g++ postgresql sqlite3) ;;
    *)
        echo "deps.sh: $group? It knows --test, --check and --bench." >&2
        exit 2
        ;;
    esac
done

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "purser: packages are missing, and this is neither root nor is there sudo: $*" >&2
        exit 1
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Use-Pty=0 "$@"
}

# One package list a run is enough; it is fetched only when something has to be installed.
listed=no
update() {
    [ $listed = yes ] || apt update
    listed=yes
}

is_there() {
    case $1 in
    # Node often comes from elsewhere than Debian; what counts is that it runs.
    nodejs) command -v node >/dev/null ;;
    npm) command -v npm >/dev/null ;;
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
    *) [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
    esac
}

missing=()
for package in "${want[@]}"; do
    is_there "$package" || missing+=("$package")
done

# The tests start a PostgreSQL of their own; none shall be running because of us.
no_cluster=/etc/postgresql-common/createcluster.d/purser.conf
quiet_postgresql() {
    case " ${missing[*]} " in
    *" postgresql "*)
        as_root mkdir -p "$(dirname $no_cluster)"
        echo "create_main_cluster = false" | as_root tee $no_cluster >/dev/null
        trap 'as_root rm -f $no_cluster' EXIT
        ;;
    esac
}

if [ ${#missing[@]} -gt 0 ]; then
    echo "installing: ${missing[*]}"
    quiet_postgresql
    update
    log=$(mktemp)
    apt install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 || {
        cat "$log" >&2
        exit 1
    }
    rm -f "$log"
fi

# llhttp's sources; a stale package list shows itself here.
[ -e build/llhttp/ready ] || tools/llhttp.sh build/llhttp 2>/dev/null || {
    update
    tools/llhttp.sh build/llhttp
}
