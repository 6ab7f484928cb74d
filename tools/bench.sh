#!/bin/bash
# bench.sh: what `make bench` does; T=words names sections of bench/run.mjs (default: all).
#   DURATION=3 s a cell · ROUNDS=3 · CONNECTIONS="1 16 64 256" · ORDERS=300000 to be settled
#   PLANS=60000 to be renewed · MANY=1000000 for `size` · BENCH_DIR: the folder whose disk is measured (default: /tmp)
set -euo pipefail
cd "$(dirname "$0")/.."
tools/deps.sh --bench
make -s -j"$(nproc)" BUILD=release build/purser build/release/fill_bench build/release/gateway_bench

# nginx is unpacked, not installed: installing it would start a server on port 80.
NGINX=$(command -v nginx /usr/sbin/nginx | head -n 1 || true)
if [ -z "$NGINX" ]; then
    mkdir -p build/nginx
    (cd build/nginx && apt-get download -qq nginx && dpkg -x nginx_*.deb . && rm nginx_*.deb)
    NGINX=build/nginx/usr/sbin/nginx
fi
export NGINX

# The peers' packages, as the lockfile has them; better-sqlite3 is compiled where no binary fits.
[ -e bench/peers/node_modules/.package-lock.json ] ||
    npm ci --prefix bench/peers --no-audit --no-fund --silent
exec node bench/run.mjs $T
