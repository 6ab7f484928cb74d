#!/bin/bash
# postgres.sh start FOLDER | stop FOLDER: a private PostgreSQL for tests, in a folder that it makes,
# on a free port of 127.0.0.1.  start prints its URL (database "purser", user "purser", no
# password).  Durability is off: what is tested with it is purser's behaviour, not PostgreSQL's.
# DURABLE=1 leaves it on, for measuring.
set -euo pipefail
folder=$2
bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -n 1)

# PostgreSQL refuses to run as root.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

fast='-c fsync=off -c full_page_writes=off'
[ -z "${DURABLE:-}" ] || fast=

case $1 in
start)
    mkdir "$folder"
    if [ "$(id -u)" = 0 ]; then
        chown postgres: "$folder"
        chmod 755 "$folder"
    fi
    cd "$folder"
    as_server "$bin/initdb" -D "$folder/data" -U purser --auth=trust --encoding=UTF8 --locale=C \
        --no-sync >"$folder.log" 2>&1 || { cat "$folder.log" >&2; exit 1; }
    for try in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
        as_server "$bin/pg_ctl" start -w -t 60 -s -D "$folder/data" -l "$folder/data/log" \
            -o "-p $port -h 127.0.0.1 -k $folder $fast \
                -c max_connections=200 -c shared_buffers=64MB \
                -c timezone=UTC -c log_statement=none" >/dev/null 2>&1 && break
        [ $try -lt 5 ] || { tail -n 20 "$folder/data/log" >&2; exit 1; }
    done
    "$bin/createdb" -h 127.0.0.1 -p "$port" -U purser purser
    echo "postgres://purser@127.0.0.1:$port/purser"
    ;;
stop)
    # Its own process and no other: the number it wrote down itself.
    if [ -s "$folder/data/postmaster.pid" ]; then
        pid=$(head -n 1 "$folder/data/postmaster.pid")
        kill -INT "$pid"
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    fi
    rm -rf "$folder" "$folder.log"
    ;;
esac
