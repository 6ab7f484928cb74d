// Credits: spending them, holding them first, and asking whether somebody may.
import { measure } from './load.mjs';
import { ask, KEY, startGateway } from './server.mjs';
import { head, title } from './table.mjs';
import { checkPeer, contenders, endEach, inTurn, stopEach, verified } from './who.mjs';

const CUSTOMERS = 1000; // as bench/peers/credit.mjs has them
const GIVEN = 1_000_000_000;

// What the peers' tables are filled with, purser is asked to give.
async function give(who) {
  const one = async (i) => {
    const answer = await fetch(`${who.url}/api/admin/credits/grant`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        'idempotency-key': `given-${i}`,
      },
      body: JSON.stringify({ customerId: `cus-${i}`, amount: GIVEN, reason: 'the bench' }),
    });
    if (answer.status !== 200) throw new Error(`${who.name}: ${await answer.text()}`);
    await answer.arrayBuffer();
  };
  for (let from = 0; from < CUSTOMERS; from += 50)
    await Promise.all(Array.from({ length: 50 }, (_, i) => one(from + i)));
}

// Every answered use is in the books, once.
function checkUses(who, uses) {
  if (who.peer) {
    const got = checkPeer(who);
    if (got.spent < uses) throw new Error(`${who.name} spent ${got.spent} of ${uses}`);
    return;
  }
  const left = ask(who.store, 'SELECT SUM(balance) FROM credit_account');
  const spent = CUSTOMERS * GIVEN - left;
  if (spent < uses) throw new Error(`${who.name} spent ${spent} of ${uses}`);
}

let nonce = 0;

async function section(on, kind, perUse) {
  const gateway = await startGateway(0);
  const whos = await contenders(on, gateway);
  for (const who of whos.filter((one) => !one.peer)) await give(who);
  // Warm: a log that has to grow on the disk is slower than one that is written over.
  for (const who of whos) {
    const got = await measure(who, 4, 1, [kind, `warm-${process.pid}-${++nonce}`]);
    who.uses = perUse > 0 ? Math.floor(got.requests / perUse) : 0;
  }
  head();
  for (const connections of on.options.connections.filter((n) => n <= 64))
    await inTurn(on.options, connections, whos, async (who, n, seconds) => {
      const got = await measure(who, n, seconds, [kind, `${process.pid}-${++nonce}`]);
      who.uses += perUse > 0 ? Math.floor(got.requests / perUse) : 0;
      return got;
    });
  await stopEach([...whos, gateway]);
  for (const who of whos) checkUses(who, who.uses);
  for (const who of whos.filter((one) => !one.peer)) console.log(`   ${verified(who)}`);
  await endEach(on, whos);
}

export async function spending(on) {
  title(
    'a credit is spent: POST /api/credits/spend, each with a key of its own',
    '1,000 customers in turn; balance, lot, use, its fact and the kept answer in one commit',
  );
  await section(on, 'spend', 1);
}

export async function holding(on) {
  title(
    'a credit is held, then settled: /api/credits/reserve and /settle',
    'per s counts requests: two for each use',
  );
  await section(on, 'hold', 2);
}

export async function checking(on) {
  title('may they? POST /api/access/check about five credits');
  await section(on, 'gate', 0);
}
