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

const KINDS = [
  {
    kind: 'spend',
    perUse: 1,
    title: 'a credit is spent: POST /api/credits/spend, each with a key of its own',
    note: 'balance, lot, use, its fact and the kept answer in one commit; 1,000 customers in turn',
  },
  {
    kind: 'hold',
    perUse: 2,
    title: 'a credit is held, then settled: /api/credits/reserve and /settle',
    note: 'per s counts requests: two for each use',
  },
  {
    kind: 'gate',
    perUse: Infinity,
    title: 'may they? POST /api/access/check about five credits',
    note: 'a look in a snapshot; nothing is written',
  },
];

export async function credits(on) {
  const gateway = await startGateway(0);
  const whos = await contenders(on, gateway);
  for (const who of whos.filter((one) => !one.peer)) await give(who);
  let nonce = 0;
  for (const one of KINDS) {
    const cell = async (who, connections, seconds) => {
      const words = [one.kind, `${process.pid}-${++nonce}`];
      const got = await measure(who, connections, seconds, words);
      who.uses = (who.uses ?? 0) + Math.floor(got.requests / one.perUse);
      return got;
    };
    title(one.title, one.note);
    // Warm: a log that has to grow on the disk is slower than one that is written over.
    for (const who of whos) await cell(who, 4, 1);
    head();
    for (const connections of on.options.few) await inTurn(on.options, connections, whos, cell);
  }
  await stopEach([...whos, gateway]);
  for (const who of whos) checkUses(who, who.uses);
  console.log('   every answered use is in the books, once');
  for (const who of whos.filter((one) => !one.peer)) console.log(`   ${verified(who)}`);
  await endEach(on, whos);
}
