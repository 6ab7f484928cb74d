// One stream of server-sent events: what came, in order, and how it ended.
import { request } from 'node:http';

export function listen(server, path, { key, headers = {}, from } = {}) {
  const stream = { events: [], comments: 0, ended: false, cut: false };
  let wake = () => {};
  let rest = '';
  const take = (block) => {
    const event = {};
    for (const line of block.split('\n')) {
      if (line.startsWith(':')) stream.comments++;
      const at = line.indexOf(': ');
      if (at > 0) event[line.slice(0, at)] = line.slice(at + 2);
    }
    if (event.id === undefined) return;
    stream.events.push({ ...event, id: Number(event.id), data: JSON.parse(event.data) });
  };
  stream.opened = new Promise((done, failed) => {
    stream.request = request(
      server.url + path,
      {
        localAddress: from,
        agent: false,
        headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...headers },
      },
      (answer) => {
        stream.status = answer.statusCode;
        stream.headers = answer.headers;
        done(stream);
        answer.setEncoding('utf8');
        answer.on('data', (piece) => {
          const blocks = (rest + piece).split('\n\n');
          rest = blocks.pop();
          blocks.forEach(take);
          wake();
        });
        answer.on('end', () => (stream.ended = true) && wake());
        answer.on('error', () => (stream.cut = true) && wake());
      },
    );
    stream.request.on('error', (error) => {
      stream.cut = true;
      failed(error);
      wake();
    });
    stream.request.end();
  });
  stream.opened.catch(() => {});
  // Until what is wanted is so, or some seconds have passed.
  stream.until = async (what, wanted, milliseconds = 10_000) => {
    const end = Date.now() + milliseconds;
    while (!wanted(stream)) {
      if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(stream.events.slice(-3))}`);
      await new Promise((done) => {
        const timer = setTimeout(done, 200);
        wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
    return stream;
  };
  stream.close = () => stream.request.destroy();
  return stream;
}
