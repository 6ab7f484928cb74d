// Invoices as an independent reader of PDFs sees them, over HTTP.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRET_KEY, call, folder } from './lib/server.mjs';
import { buy, becomes, control, pay, shop, until, verified } from './lib/shop.mjs';
import { token } from './lib/tokens.mjs';

const LEGAL = `Northwind Trading GmbH
Hafenstraße 1
24103 Kiel
VAT id DE123456789

Amtsgericht Kiel, HRB 12345
`;

const fetched = async (server, path, key = SECRET_KEY) => {
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  const answer = await fetch(server.url + path, { headers });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, bytes };
};

// What poppler reads; it says to the side what it does not like of the file.
function read(t, bytes) {
  const file = join(folder(t), 'invoice.pdf');
  writeFileSync(file, bytes);
  const run = (program, ...args) =>
    execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const image = run('pdftoppm', '-r', '20', '-gray', file);
  return { text: run('pdftotext', '-layout', file, '-'), about: run('pdfinfo', file), image };
}

const invoices = (server, query = '') =>
  call(server, 'GET', `/api/invoices${query}`).then(({ body }) => body.data.items);

test('a PDF reader reads the invoice of an order, and the credit note of its refund', async (t) => {
  const legal = join(folder(t), 'legal.txt');
  writeFileSync(legal, LEGAL);
  const server = await shop(t, { env: { PURSER_BRAND_LEGAL: legal } });
  await call(server, 'PUT', '/api/customers/ada', {
    body: { name: 'Łucja Ọdún', country: 'PL', address: ['ul. Długa 7', '00-238 Warszawa'] },
  });
  const { body } = await buy(server, {
    customerId: 'ada',
    items: [{ price: 'sticker-sheet-usd', quantity: 3 }],
  });
  await pay(server, body.data.sessionId);
  const paid = await becomes(server, body.data.orderId, 'completed');
  const issued = (n) =>
    until(
      () => invoices(server, '?customerId=ada'),
      ({ length }) => length === n,
    );
  const [invoice] = await issued(1);
  assert.match(invoice.number, /^INV-20\d\d-000001$/);
  assert.deepEqual(invoice.total, paid.total);
  assert.equal(invoice.orderNumber, paid.orderNumber);

  const first = await fetched(server, invoice.pdf);
  assert.equal(first.status, 200);
  assert.equal(first.headers.get('content-type'), 'application/pdf');
  assert.match(first.headers.get('content-disposition'), new RegExp(`${invoice.number}\\.pdf`));
  const again = await fetched(server, `/api/invoices/${invoice.number}.pdf`, token({ sub: 'ada' }));
  const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
  assert.equal(hash(again.bytes), hash(first.bytes), 'the same bytes each time');
  const { text, about, image } = read(t, first.bytes);
  const amount = (paid.total.amount / 100).toFixed(2);
  for (const words of [
    ...['Northwind Trading GmbH', 'Hafenstraße 1', 'VAT id DE123456789', 'HRB 12345'],
    ...['Łucja Ọdún', 'ul. Długa 7', 'Poland', invoice.number, paid.orderNumber, amount, 'Invoice'],
  ])
    assert.ok(text.includes(words), `${words} is not in\n${text}`);
  assert.match(about, /Pages: +1\n/);
  assert.match(about, new RegExp(`Title: +Invoice ${invoice.number}`));
  assert.ok(image.length > 10_000, 'it can be shown');

  const [receipt] = await until(
    () => control(server, 'mail').then(({ items }) => items),
    (mails) => mails.some(({ subject }) => subject.includes(paid.orderNumber)),
  );
  const link = /(\/api\/invoices\/inv_\w+\.pdf\?t=[\w-]+)/.exec(receipt.text)[1];
  assert.equal((await fetched(server, link, null)).status, 200, 'the mail has the link');
  assert.equal((await fetched(server, link.replace(/t=.*/, 't=x'), null)).status, 404);
  assert.equal((await fetched(server, invoice.pdf, null)).status, 404);
  assert.equal((await fetched(server, invoice.pdf, token({ sub: 'bob' }))).status, 404);

  await control(server, 'emit', {
    gateway: paid.payments[0].gateway,
    event: 'refunded',
    session: body.data.sessionId,
  });
  const [note] = await issued(2);
  assert.equal(note.type, 'credit_note');
  assert.equal(note.refersTo, invoice.number);
  assert.equal(note.total.amount, -paid.total.amount);
  const credit = read(t, (await fetched(server, note.pdf)).bytes).text;
  for (const words of ['Credit note', invoice.number, note.number, `\u2212${amount}`])
    assert.ok(credit.includes(words), `${words} is not in\n${credit}`);
  await verified(server);
});
