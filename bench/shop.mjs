// The shop besides its webhooks: opening checkouts, reading orders.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure } from './load.mjs';
import { folder, startGateway } from './server.mjs';
import { head, title } from './table.mjs';
import { contenders, endEach, inTurn, stopEach } from './who.mjs';

export async function checkout(on) {
  title('checkout creation: order, attempt, a session at the gateway, its answer recorded');
  let nonce = 0;
  const cell = (who, connections, seconds) =>
    measure(who, connections, seconds, ['checkout', `${process.pid}-${++nonce}`]);
  for (const delay of [0, 200]) {
    const gateway = await startGateway(delay);
    const whos = await contenders(on, gateway);
    for (const who of whos) await cell(who, 4, 1); // warm
    console.log(delay === 0 ? '   the gateway answers at once' : `   it answers after ${delay} ms`);
    head();
    for (const connections of delay === 0 ? on.options.few : [64, 1024])
      await inTurn(on.options, connections, whos, (who, n, seconds) =>
        cell(who, n, n > 256 ? seconds + 2 : seconds), // the first answers come late
      );
    await stopEach([gateway]);
    await endEach(on, whos);
  }
}

// ---- reading

export async function reading(on) {
  const gateway = await startGateway(0);
  const whos = await contenders(on, gateway);
  const paths = join(folder, 'paths');
  writeFileSync(paths, on.orderIds(20_000).map((id) => `/api/orders/${id}`).join('\n'));
  title('an order read by id, with lines and attempts');
  head();
  for (const connections of on.options.few)
    await inTurn(on.options, connections, whos, (who, n, seconds) =>
      measure(who, n, seconds, ['paths', paths]),
    );
  title('the style sheet of the pages (31 kB, as it is)');
  head();
  const text = await (await fetch(`${whos[0].url}/store`)).text();
  const sheet = text.match(/\/assets\/purser\.[^"]*css/)[0];
  for (const connections of on.options.few.slice(-1))
    await inTurn(on.options, connections, whos.slice(0, 3), (who, n, seconds) =>
      measure(who, n, seconds, ['same'], who.peer ? '/assets/purser.css' : sheet),
    );
  await stopEach([gateway]);
  await endEach(on, whos);
}
