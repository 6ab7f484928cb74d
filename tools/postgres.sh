#!/bin/bash
# postgres.sh start FOLDER      a private PostgreSQL for tests, in a folder that it makes, on a free
#                               port of 127.0.0.1; prints its URL (database "purser", user "purser")
# postgres.sh pair FOLDER       two: a primary, and a standby without which it confirms no commit;
#                               prints the URL of both, then that of each
# postgres.sh hold FOLDER       the standby stands still, and does again what it did: resume
# postgres.sh resume FOLDER
# postgres.sh failover FOLDER   the primary's processes are killed, the standby takes its place
# postgres.sh stop FOLDER       all of it, gone
# No passwords.  Nothing is synced to the disk: what is tested is purser, and processes that die.
# DURABLE=1: PostgreSQL's own defaults instead, for who measures.
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

make_folder() {
    mkdir "$folder"
    if [ "$(id -u)" = 0 ]; then
        chown postgres: "$folder"
        chmod 755 "$folder"
    fi
    cd "$folder"
}

settings="-c timezone=UTC -c log_statement=none"
[ "${DURABLE:-0}" = 1 ] || settings+=" -c fsync=off -c full_page_writes=off -c max_connections=200 \
    -c shared_buffers=64MB"

# run DATA: starts it on a free port, which it leaves in $port.
run() {
    for _ in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
        as_server "$bin/pg_ctl" start -w -t 60 -s -D "$1" -l "$1/log" \
            -o "-p $port -h 127.0.0.1 -k $folder $settings" >/dev/null 2>&1 && return
    done
    tail -n 20 "$1/log" >&2
    exit 1
}

make_data() {
    as_server "$bin/initdb" -D "$1" -U purser --auth=trust --encoding=UTF8 --locale=C --no-sync \
        >"$folder.log" 2>&1 || { cat "$folder.log" >&2; exit 1; }
}

ask() { "$bin/psql" -X -q -t -A -h 127.0.0.1 -p "$port" -U purser -d postgres -c "$1"; }

# Its own process and no other: the number it wrote down itself.
pid_of() { head -n 1 "$folder/$1/postmaster.pid" 2>/dev/null; }

# signal_all SIGNAL DATA: a whole server, which is its first process and that one's children.
signal_all() {
    local pid
    pid=$(pid_of "$2")
    kill -"$1" $(ps -o pid= --ppid "$pid") "$pid"
}

stop() {
    local pid
    [ -s "$folder/$1/postmaster.pid" ] || return 0
    pid=$(pid_of "$1")
    signal_all CONT "$1" 2>/dev/null || true
    kill -INT "$pid" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
}

case $1 in
start)
    make_folder
    make_data "$folder/data"
    run "$folder/data"
    "$bin/createdb" -h 127.0.0.1 -p "$port" -U purser purser
    echo "postgres://purser@127.0.0.1:$port/purser"
    ;;
pair)
    make_folder
    make_data "$folder/data"
    run "$folder/data"
    first=$port
    as_server "$bin/pg_basebackup" -D "$folder/standby" -h 127.0.0.1 -p "$first" -U purser -R -X stream \
        -c fast --no-sync
    run "$folder/standby"
    second=$port port=$first
    # A standby is known by the name that it connects with; unless told otherwise, this one.
    ask "ALTER SYSTEM SET synchronous_standby_names = 'walreceiver'"
    ask 'SELECT pg_reload_conf()' >/dev/null
    until [ "$(ask 'SELECT sync_state FROM pg_stat_replication')" = sync ]; do sleep 0.1; done
    ask 'CREATE DATABASE purser'
    echo "postgres://purser@127.0.0.1:$first,127.0.0.1:$second/purser"
    echo "postgres://purser@127.0.0.1:$first/purser"
    echo "postgres://purser@127.0.0.1:$second/purser"
    ;;
hold) signal_all STOP standby ;;
resume) signal_all CONT standby ;;
failover)
    signal_all KILL data
    as_server "$bin/pg_ctl" promote -w -t 60 -s -D "$folder/standby"
    ;;
stop)
    stop data
    stop standby
    rm -rf "$folder" "$folder.log"
    ;;
esac
