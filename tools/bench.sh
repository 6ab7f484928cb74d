#!/bin/bash
# bench.sh: what `make bench` does.  The bare engine by wrk on this machine, with nginx's
# `return 200` beside it in the same minute; wrk runs on the same cores, so only ratios travel.
#   DURATION=5 s a cell · CONNECTIONS="1 16 64 256" · BENCH_DB=postgres://… instead of a SQLite file
set -euo pipefail
cd "$(dirname "$0")/.."
duration=${DURATION:-5}
connections=${CONNECTIONS:-1 16 64 256}

tools/deps.sh --bench
make -s -j"$(nproc)" BUILD=release build/purser

# nginx is unpacked, not installed: installing it would start a server on port 80.
nginx=$(command -v /usr/sbin/nginx || true)
if [ -z "$nginx" ]; then
    mkdir -p build/nginx
    (cd build/nginx && apt-get download -qq nginx && dpkg -x nginx_*.deb . && rm nginx_*.deb)
    nginx=build/nginx/usr/sbin/nginx
fi

work=$(mktemp -d)
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}
wait_for() {
    for _ in $(seq 200); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        sleep 0.05
    done
    echo "nothing listens on port $1" >&2
    cat "$work"/*.log >&2
    exit 1
}

port=$(free_port)
env -i PATH="$PATH" PURSER_DATABASE="${BENCH_DB:-sqlite:$work/bench.db}" PURSER_LOG=warn \
    PURSER_LISTEN="127.0.0.1:$port" build/purser serve --sandbox \
    >"$work/purser.log" 2>&1 &
purser=$!
pids+=("$purser")

nginx_port=$(free_port)
cat >"$work/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f;
    uwsgi_temp_path $work/u; scgi_temp_path $work/s;
    server { listen 127.0.0.1:$nginx_port backlog=1024; location / { return 200 "ok\n"; } }
}
END
"$nginx" -c "$work/nginx.conf" -e "$work/nginx.log" >>"$work/nginx.log" 2>&1 &
pids+=($!)
wait_for "$port"
wait_for "$nginx_port"
nginx_worker=$(pgrep -P "${pids[1]}" | head -n 1)

# Processor time of a process so far, in milliseconds; the most memory it had, in MiB.
cpu_ms() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print int(($12 + $13) * 1000 / hz) }' "/proc/$1/stat"; }
memory() { awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$1/status"; }

declare -A rate
# cell NAME CONNECTIONS PROCESS URL [wrk option…]
cell() {
    local name=$1 count=$2 process=$3 url=$4 before after out
    shift 4
    before=$(cpu_ms "$process")
    out=$(wrk -t1 -c"$count" -d"${duration}s" --latency "$@" "$url")
    after=$(cpu_ms "$process")
    local per_second p50 p99 bad
    per_second=$(awk '/^Requests\/sec/ { print int($2) }' <<<"$out")
    p50=$(awk '$1 == "50%" { print $2 }' <<<"$out")
    p99=$(awk '$1 == "99%" { print $2 }' <<<"$out")
    bad=$(awk '/Non-2xx|Socket errors/ { print "  " $0 }' <<<"$out")
    rate[$name,$count]=$per_second
    printf '%-22s %5d %10d %10s %10s %6d %% %6d%s\n' "$name" "$count" "$per_second" "$p50" "$p99" \
        $(((after - before) / duration / 10)) "$(memory "$process")" "$bad"
}

echo "$(nproc) cores, $(uname -r), wrk on the same machine, $duration s a cell, log level warn"
printf '%-22s %5s %10s %10s %10s %8s %6s\n' what conn 'per s' p50 p99 cpu MiB
for count in $connections; do
    cell 'nginx return 200' "$count" "$nginx_worker" "http://127.0.0.1:$nginx_port/"
    cell 'purser static' "$count" "$purser" "http://127.0.0.1:$port/_bench/static"
    cell 'purser read' "$count" "$purser" "http://127.0.0.1:$port/_bench/read"
    cell 'purser write, durable' "$count" "$purser" "http://127.0.0.1:$port/_bench/write" -s bench/post.lua
done
echo
for count in $connections; do
    [ "${rate[nginx return 200,$count]}" -gt 0 ] || continue
    for name in 'purser static' 'purser read' 'purser write, durable'; do
        printf '%-22s %5d connections: %3d %% of nginx return 200\n' "$name" "$count" \
            $((100 * rate[$name,$count] / rate[nginx return 200,$count]))
    done
done
