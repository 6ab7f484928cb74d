#!/bin/bash
# run.sh [argument of serve…]: what `make run` does.  Packages, a release build, and the sandbox in
# the foreground until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/deps.sh
make -s -j"$(nproc)" build/purser

listen=${PURSER_LISTEN:-127.0.0.1:8080}
port=${listen##*:}
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
if answers; then
    echo "purser: port $port is busy: another program, or another purser, listens there." >&2
    echo "        Stop it, or choose a port: PURSER_LISTEN=127.0.0.1:8090 make run" >&2
    exit 1
fi

PURSER_LISTEN=$listen build/purser serve --sandbox "$@" &
server=$!
trap 'kill -TERM $server 2>/dev/null || true' INT TERM
until answers; do
    kill -0 $server 2>/dev/null || { wait $server; exit; }
    sleep 0.05
done

cat <<END

  purser runs at     http://127.0.0.1:$port/
  is it well?        http://127.0.0.1:$port/readyz
  its API            http://127.0.0.1:$port/openapi.json

  curl -s http://127.0.0.1:$port/api/admin/keys \\
      -H 'Authorization: Bearer sk_sandbox_purser_0123456789abcdef'

  Ctrl-C stops it.

END
# A trapped signal ends a wait early; the next one sees the server's own end.
status=0
while kill -0 $server 2>/dev/null; do
    wait $server && status=0 || status=$?
done
exit $status
