// Somebody who takes what the simulated Stripe says, beside the sandbox that says it.
import { createServer } from 'node:http';
import { folder, freePort } from './server.mjs';
import { control, simulators } from './shop.mjs';
import { SECRET, read } from '../oracles/stripe.mjs';

// What the merchant heard: events as the SDK reads them.
export async function merchant(t, secret = () => SECRET) {
  const shop = { heard: [], forged: [] };
  const server = createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      try {
        const header = request.headers['stripe-signature'];
        shop.heard.push(read(Buffer.concat(pieces), header, secret()));
      } catch (error) {
        shop.forged.push(error.message);
      }
      response.end('{}');
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  shop.url = `http://127.0.0.1:${server.address().port}`;
  shop.types = () => shop.heard.map((event) => event.type);
  // Until something of this type was heard.
  shop.hears = async (type) => {
    for (let tries = 0; tries < 250; tries += 1) {
      const event = shop.heard.find((one) => one.type === type);
      if (event) return event;
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error(`${type} never came, but ${shop.types().join(' ')}`);
  };
  return shop;
}

export async function start(t, shop, cwd, port) {
  const it = await simulators(t, shop.url, cwd, port);
  return { ...it, control: (path, body) => control(it, path, body) };
}

export async function simulated(t, secret) {
  const shop = await merchant(t, secret);
  const cwd = folder(t);
  const it = await start(t, shop, cwd, await freePort());
  return { shop, cwd, ...it };
}
