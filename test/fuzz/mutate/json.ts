import type { Random } from '@otelier/testkit/otlp/random';
import { mutateBytes } from './bytes.ts';
import { NAMES, PUNCTUATION, SCALARS, SPACE, STRANGE, STRINGS } from './json-tokens.ts';

/** Mutates an OTLP/JSON request at the token level, and sometimes at the byte level. */
export function mutateJson(text: string, random: Random): Uint8Array {
  const tokens = text.match(TOKEN) ?? [];
  for (let rest = 1 + random(4); rest > 0; rest--) {
    const mutation = MUTATIONS[random(MUTATIONS.length)];
    mutation?.(tokens, random(tokens.length + 1), random);
  }
  const bytes = Buffer.from(tokens.join(''));
  return random(5) === 0 ? mutateBytes(bytes, random) : bytes;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]|\s+/g;

/** Mutates the tokens at `at`. */
type Mutation = (tokens: string[], at: number, random: Random) => void;

const MUTATIONS: readonly Mutation[] = [
  (tokens, at) => void tokens.splice(at, 1),
  (tokens, at) => void tokens.splice(at, 0, tokens[at] ?? '{}'),
  (tokens, at, random) => {
    const other = random(tokens.length);
    [tokens[at], tokens[other]] = [tokens[other] ?? '', tokens[at] ?? ''];
  },
  (tokens, at) => void tokens.splice(at),
  (tokens, at, random) => void tokens.splice(at, 0, pick(PUNCTUATION, random)),
  (tokens, at, random) => void tokens.splice(at, 0, pick(SPACE, random)),
  replaceNext((token) => !/^["{}[\],:\s]/.test(token), SCALARS),
  replaceNext((token) => token.startsWith('"'), STRINGS),
  replaceNext((token) => token.startsWith('"'), SCALARS),
  replaceNext((token) => /^["\d-]/.test(token), ['null', '{}', '[]', '[null]', '{"a":1}', '[[]]']),
  changeMember,
  duplicateMember,
  (tokens, at, random) => insertMember(tokens, at, `"x${random(9)}":${pick(STRANGE, random)}`),
  (tokens, at, random) => {
    const depth = 1 + random(300);
    insertMember(tokens, at, `"deep":${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`);
  },
  nestValue,
];

function replaceNext(isMeant: (token: string) => boolean, values: readonly string[]): Mutation {
  return (tokens, at, random) => {
    const found = tokens.findIndex((token, i) => i >= at && isMeant(token));
    if (found >= 0) tokens[found] = pick(values, random);
  };
}

/** Renames the next member. */
function changeMember(tokens: string[], at: number, random: Random): void {
  const colon = tokens.indexOf(':', at);
  if (colon > 0) tokens[colon - 1] = `"${pick(NAMES, random)}"`;
}

/** Duplicates the next scalar member, sometimes with a different value. */
function duplicateMember(tokens: string[], at: number, random: Random): void {
  const colon = tokens.indexOf(':', at);
  const value = tokens[colon + 1];
  if (colon <= 0 || value === undefined || /^[{[]/.test(value)) return;
  tokens.splice(colon - 1, 0, tokens[colon - 1] ?? '', ':', random(2) === 0 ? value : pick(SCALARS, random), ',');
}

/** Inserts a member at the beginning of the next object. */
function insertMember(tokens: string[], at: number, member: string): void {
  const open = tokens.indexOf('{', at);
  if (open >= 0) tokens.splice(open + 1, 0, member, tokens[open + 1] === '}' ? '' : ',');
}

/** Nests attribute values deeply. */
function nestValue(tokens: string[], at: number, random: Random): void {
  const depth = 1 + random(120);
  const list = `${'{"arrayValue":{"values":['.repeat(depth)}${'{}'}${']}}'.repeat(depth)}`;
  const name = tokens.indexOf('"value"', at);
  if (name >= 0) tokens.splice(name + 2, 0, `${list}`, ',', '"v"', ':');
}

function pick(values: readonly string[], random: Random): string {
  return values[random(values.length)] ?? '';
}
