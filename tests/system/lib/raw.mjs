// HTTP as bytes, for what no client library would send.
import { connect } from 'node:net';

// Sends the pieces, reads until the other side closes or `wait` milliseconds pass without a byte.
// { text, closed, answers: [{ status, headers, body }] }
export function raw(port, pieces, { wait = 1500, gap = 0 } = {}) {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    const got = [];
    let timer;
    let over = false;
    const finish = (closed) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(got).toString('latin1');
      done({ text, closed, answers: parse(text) });
    };
    const restart = () => {
      clearTimeout(timer);
      timer = setTimeout(() => finish(false), wait);
    };
    socket.on('data', (piece) => {
      got.push(piece);
      restart();
    });
    socket.on('end', () => finish(true));
    socket.on('close', () => finish(true));
    socket.on('error', () => finish(true));
    socket.on('connect', async () => {
      socket.setNoDelay(true);
      restart();
      for (const piece of [pieces].flat()) {
        if (over) return;
        socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
        if (gap > 0) await new Promise((next) => setTimeout(next, gap));
      }
    });
  });
}

// The answers in a stream of bytes, by their Content-Length.
export function parse(text, isHead = () => false) {
  const answers = [];
  let rest = text;
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    const [first, ...lines] = rest.slice(0, end).split('\r\n');
    const headers = new Map();
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    const status = Number(first.split(' ')[1]);
    const informational = status >= 100 && status < 200;
    const length =
      informational || isHead(answers.length) ? 0 : Number(headers.get('content-length') ?? 0);
    answers.push({ first, status, headers, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}
