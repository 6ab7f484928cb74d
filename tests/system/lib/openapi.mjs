// Holds what goes over the wire against what `purser openapi` says: a member that nobody described
// is as wrong as one that is missing.
import { spawnSync } from 'node:child_process';

let document;
function described(program) {
  if (document === undefined) {
    const run = spawnSync(program, ['openapi'], { env: { LC_ALL: 'C.UTF-8' } });
    if (run.status !== 0) throw new Error(`purser openapi: ${run.stderr}`);
    document = JSON.parse(run.stdout);
  }
  return document;
}

const kind = (value) => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (Number.isInteger(value)) return 'integer';
  return typeof value;
};

// The words of JSON Schema that our document uses; an unknown word is an error, not a pass.
const rules = {
  $ref: (value, ref, at) =>
    differences(value, document.components.schemas[ref.split('/').at(-1)], at),
  type: (value, types, at) =>
    [types].flat().includes(kind(value)) ? [] : [`${at} is ${kind(value)}, not ${types}`],
  const: (value, wanted, at) => (value === wanted ? [] : [`${at} is not ${wanted}`]),
  enum: (value, list, at) => (list.includes(value) ? [] : [`${at}: ${value} is none of ${list}`]),
  pattern: (value, text, at) => (new RegExp(text).test(value) ? [] : [`${at} is not ${text}`]),
  format: (value, format, at) =>
    format !== 'date-time' || value === null || !Number.isNaN(Date.parse(value))
      ? []
      : [`${at} is no time: ${value}`],
  anyOf: (value, schemas, at) =>
    schemas.some((schema) => differences(value, schema, at).length === 0)
      ? []
      : [`${at} is none of what it may be`],
  items: (value, schema, at) =>
    Array.isArray(value) ? value.flatMap((one, i) => differences(one, schema, `${at}[${i}]`)) : [],
  properties: (value, members, at) =>
    Object.entries(members).flatMap(([name, schema]) =>
      kind(value) === 'object' && name in value
        ? differences(value[name], schema, `${at}.${name}`)
        : [],
    ),
  required: (value, names, at) =>
    kind(value) === 'object'
      ? names.filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`)
      : [],
  additionalProperties: (value, schema, at) =>
    schema === false || kind(value) !== 'object'
      ? []
      : Object.entries(value).flatMap(([name, one]) => differences(one, schema, `${at}.${name}`)),
  description: () => [],
};

export function differences(value, schema, at = 'it') {
  const found = Object.entries(schema).flatMap(([word, said]) => {
    if (!(word in rules)) throw new Error(`JSON Schema's ${word} is not checked`);
    return rules[word](value, said, at);
  });
  if (schema.additionalProperties === false && kind(value) === 'object')
    for (const name of Object.keys(value))
      if (!(name in schema.properties)) found.push(`${at}.${name} is not described`);
  return found;
}

function operation(method, path) {
  const bare = path.split('?')[0];
  const segments = bare.split('/');
  const fits = (pattern) => {
    const parts = pattern.split('/');
    return (
      parts.length === segments.length &&
      parts.every((part, i) => part.startsWith('{') || part === segments[i])
    );
  };
  const found = Object.keys(document.paths).filter(fits);
  const best = found.find((pattern) => pattern === bare) ?? found[0];
  return best && document.paths[best][method.toLowerCase()];
}

const schemaOf = (holder) => holder?.content?.['application/json']?.schema;

// Throws when a call that the document has went otherwise than it says.
export function assertDescribed(program, { method, path, sent, status, body }) {
  described(program);
  const call = operation(method, path);
  if (call === undefined || kind(body) !== 'object') return;
  const good = status >= 200 && status < 300;
  const answer = good ? call.responses['200'] : document.components.responses.Error;
  const found = schemaOf(answer) ? differences(body, schemaOf(answer), 'the answer') : [];
  const takes = schemaOf(call.requestBody);
  if (good && takes && typeof sent === 'object')
    found.push(...differences(JSON.parse(JSON.stringify(sent)), takes, 'the body'));
  if (found.length > 0)
    throw new Error(`${method} ${path} (${status}) is not as described:\n${found.join('\n')}`);
}
