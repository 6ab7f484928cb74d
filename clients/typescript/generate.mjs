// Writes src/generated.ts: the codes of src/base/code.def and the shapes of src/app/openapi.def,
// which are what the server itself runs on, as types.  Part of every build, and not kept: nothing
// else knows them.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const read = (path) => readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8');

// The rows of a .def: NAME(argument, argument, …); an argument is a text, in one piece or several,
// NULL, or a word.
function rows(text) {
  const token = /\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"|[A-Za-z_0-9]+|[(),]/g;
  const found = [];
  let row = null;
  let last = '';
  for (const [piece] of text.matchAll(token)) {
    if (piece.startsWith('/*')) continue;
    if (piece === '(') found.push((row = { kind: last, args: [''] }));
    else if (piece === ')') row = null;
    else if (row !== null && piece === ',') row.args.push('');
    else if (row !== null) row.args[row.args.length - 1] += unquoted(piece);
    last = piece;
  }
  return found;
}
const unquoted = (piece) =>
  piece.startsWith('"') ? JSON.parse(piece) : piece === 'NULL' ? '' : piece;

const capital = (name) => name[0].toUpperCase() + name.slice(1);
const WORDS = {
  string: 'string',
  int: 'number',
  bool: 'boolean',
  true: 'true',
  false: 'false',
  any: 'unknown',
  null: 'null',
  time: 'string',
  text: 'string',
  stream: 'string',
  pdf: 'string',
  currency: 'string',
};

// src/app/openapi_shape.h says how shapes are written; this reads them into TypeScript.
function type(shape) {
  const page = shape.startsWith('page of ');
  const source = shape.replace(/^(page of|bare) /, '');
  const pieces = source.match(/'[^']*'|[A-Za-z_0-9]+|[{}[\]|&:?,]/g) ?? [];
  const at = () => pieces[0];
  const take = (wanted) => {
    const piece = pieces.shift();
    if (wanted !== undefined && piece !== wanted)
      throw new Error(`${shape}: ${wanted} is expected at ${piece}`);
    return piece;
  };
  const object = () => {
    const members = [];
    take('{');
    while (at() !== '}') {
      const name = take();
      const optional = at() === '?' ? take() : '';
      take(':');
      members.push(`${name}${optional}: ${union()}${optional && ' | undefined'}`);
      if (at() === ',') take();
    }
    take('}');
    return `{ ${members.join('; ')} }`;
  };
  const one = () => {
    if (at() === '{') return object();
    if (at() === '[') {
      take('[');
      const inner = union();
      take(']');
      return `Array<${inner}>`;
    }
    const word = take();
    if (word === 'map') return take('of') && `Record<string, ${one()}>`;
    return word.startsWith("'") ? word : (WORDS[word] ?? capital(word));
  };
  const both = () => {
    let text = one();
    while (at() === '&') text += ` & ${take() && one()}`;
    return text;
  };
  const union = () => {
    let text = both();
    while (at() === '|') text += ` | ${take() && both()}`;
    return text;
  };
  const text = union();
  if (pieces.length > 0) throw new Error(`${shape}: ${pieces[0]} is left`);
  return page ? `Page<${text}>` : text;
}

const orVoid = (shape) => (shape === '' ? 'undefined' : type(shape));

export function generated() {
  const codes = rows(read('base/code.def')).filter(({ kind }) => kind === 'CODE');
  const calls = rows(read('app/openapi.def'));
  const lines = [
    '// Written by generate.mjs; do not edit.',
    '',
    '/** Each code that a purser answers with, and its HTTP status. */',
    'export const CODES = {',
    ...codes.map(({ args: [name, , status, about] }) => `  /** ${about} */\n  ${name}: ${status},`),
    '} as const;',
    'export type Code = keyof typeof CODES;',
    '',
    '/** A list: `next` goes into `after` for what follows. */',
    'export interface Page<T> {\n  items: T[];\n  hasMore: boolean;\n  next: string | null;\n}',
    '',
  ];
  for (const { kind, args } of calls)
    if (kind === 'SHAPE')
      lines.push(`/** ${args[1]} */`, `export type ${capital(args[0])} = ${type(args[2])};`, '');
  lines.push('/** What each call takes and gives. */', 'export interface Calls {');
  for (const { kind, args } of calls) {
    if (kind !== 'CALL') continue;
    const [name, method, path, query, takes, gives] = args;
    lines.push(`  /** ${method} ${path} */`);
    lines.push(`  ${name}: {`);
    lines.push(`    query: ${orVoid(query)};`, `    takes: ${orVoid(takes)};`);
    lines.push(`    gives: ${orVoid(gives)};`, '  };');
  }
  lines.push('}', '');
  return lines.join('\n');
}

// Whoever compiles meanwhile reads it whole.
function write(path, text) {
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  write(fileURLToPath(new URL('src/generated.ts', import.meta.url)), generated());
