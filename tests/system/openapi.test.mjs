// What the API says about itself.  That calls go as described is seen in every other test: their
// client holds each answer against the document.
import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, folder, serve } from './lib/server.mjs';
import { differences } from './lib/openapi.mjs';

test('a stock linter of OpenAPI finds nothing wrong with the document', async (t) => {
  const { createConfig, lint } = await import(
    './oracles/node_modules/@redocly/openapi-core/lib/index.js'
  );
  const file = join(folder(t), 'openapi.json');
  writeFileSync(file, command(['openapi']).out);
  const config = await createConfig({ extends: ['recommended'] });
  const found = await lint({ ref: file, config });
  assert.deepEqual(
    found.map(({ ruleId, message }) => `${ruleId}: ${message}`),
    [],
  );
  const wrong = JSON.parse(command(['openapi']).out);
  delete wrong.paths['/api/orders/{id}'].get.responses['4XX'];
  writeFileSync(file, JSON.stringify(wrong));
  const again = await lint({ ref: file, config });
  assert.notEqual(again.length, 0);
});

test('a server gives the document and the page of it, each naming every call', async (t) => {
  const server = await serve(t);
  const document = await fetch(`${server.url}/openapi.json`).then((answer) => answer.json());
  assert.deepEqual(document.servers, [{ url: server.url }]);
  const printed = JSON.parse(command(['openapi']).out);
  assert.deepEqual({ ...document, servers: printed.servers }, printed);
  const page = await fetch(`${server.url}/docs`).then((answer) => answer.text());
  for (const [path, methods] of Object.entries(document.paths))
    for (const method of Object.keys(methods))
      assert.ok(page.includes(`${method.toUpperCase()} ${path}<`), `${method} ${path}`);
});

test('the check of answers sees what is missing, added and of another kind', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: ['string', 'null'] }, b: { enum: ['x'] } },
    required: ['a'],
    additionalProperties: false,
  };
  assert.deepEqual(differences({ a: null, b: 'x' }, schema), []);
  assert.equal(differences({}, schema).length, 1);
  assert.equal(differences({ a: 1 }, schema).length, 1);
  assert.equal(differences({ a: '', b: 'y', c: 0 }, schema).length, 2);
});
