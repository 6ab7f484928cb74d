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
# Ctrl-C reaches the server as well, and a second signal would end it at once.
trap : INT
trap 'kill -TERM $server 2>/dev/null || true' TERM
until answers; do
    kill -0 $server 2>/dev/null || { wait $server; exit; }
    sleep 0.05
done

cat <<END

  Buy something      http://127.0.0.1:$port/store      card 4242 4242 4242 4242, any month to come
  See who bought     http://127.0.0.1:$port/admin      sign in as Root, who owns the business
  Look around        http://127.0.0.1:$port/

  Or as a program; the answer has the page on which it is paid:

  curl http://127.0.0.1:$port/api/checkout/create -H 'Idempotency-Key: order-1' \\
      -H 'Authorization: Bearer sk_sandbox_purser_0123456789abcdef' \\
      -H 'Content-Type: application/json' \\
      -d '{"items":[{"product":"sticker-sheet","quantity":2}],"email":"ada@example.com"}'

  It is MoneyMotion's page; with "gateway":"stripe" beside "email" it is Stripe's, with
  "flutterwave" Flutterwave's (card 5531 8866 5214 2950).

  Everything is simulated: no real money moves.  Ctrl-C stops it.

END
# A trapped signal ends a wait early; the next one sees the server's own end.
status=0
while kill -0 $server 2>/dev/null; do
    wait $server && status=0 || status=$?
done
exit $status
