import { type FieldDescriptor, MESSAGES, type MessageDescriptor, type ScalarField, type Signal } from '@otelier/otlp';
import type { OracleMessage } from '@otelier/testkit/otlp/oracle';
import { REQUESTS } from '../corpus.ts';
import { checkForwarded, type Response } from './check.ts';
import { rejectionRule } from './rules.ts';

/**
 * Checks a response to an OTLP/JSON request with an independent decoder: `JSON.parse` and the descriptors. Accepted
 * requests must have the same meaning after forwarding, and rejected ones must be malformed or violate a documented
 * rule.
 */
export function checkJson(signal: Signal, sent: Uint8Array, response: Response): string | undefined {
  if (response.kind === 'later') return undefined;
  const expected = readRequest(signal, sent);
  if (expected === 'undecided') return undefined;
  if (response.kind === 'refused') {
    if ('error' in expected || rejectionRule(response.reason) !== undefined || repeatsName(sent)) return undefined;
    return `refused without a rule although it is valid: ${response.reason}`;
  }
  if ('error' in expected) return `accepted although it is malformed: ${expected.error}`;
  // `null` counts as absent, even if the same name also occurs with a value; `JSON.parse` would return the `null`.
  const isUnclear = Buffer.from(sent).includes('null') && repeatsName(sent);
  return response.bytes === undefined || isUnclear ? undefined : checkForwarded(signal, expected.value, response.bytes);
}

/**
 * Reports whether an object repeats a name. otelier rejects repeated known fields, because decoders disagree on which
 * one counts. `JSON.parse` silently uses the last one, so other fields cannot be checked.
 */
function repeatsName(sent: Uint8Array): boolean {
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [token] of Buffer.from(sent)
    .toString()
    .matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token !== ':') last = JSON.parse(token);
    else if (open.at(-1)?.has(last)) return true;
    else open.at(-1)?.add(last);
  }
  return false;
}

/** The message, or the reason why there is none. `undecided` means that this decoder cannot tell. */
type Reading = { readonly value: OracleMessage } | { readonly error: string } | 'undecided';

function readRequest(signal: Signal, sent: Uint8Array): Reading {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(sent);
    return {
      value: readMessage(REQUESTS[signal], JSON.parse(text, keepSource as (name: string, value: unknown) => unknown)),
    };
  } catch (error) {
    if (error instanceof RangeError) return 'undecided';
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** A number as written in the input, because doubles cannot represent all OTLP numbers. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function keepSource(_name: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === 'number' ? new NumberText(context.source ?? '') : value;
}

function readMessage(message: MessageDescriptor, value: unknown): OracleMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof NumberText) {
    throw new Error(`expected an object for ${message.name}`);
  }
  const result: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const [name, member] of Object.entries(value)) {
    const field = message.fields.find((candidate) => candidate.jsonName === name || candidate.name === name);
    if (field === undefined || member === null) continue;
    const once = field.oneof ?? field.name;
    if (seen.has(once)) throw new Error(`${once} is repeated`);
    seen.add(once);
    const read = readField(field, member);
    if (read !== undefined) result[field.name] = read;
  }
  return result;
}

function readField(field: FieldDescriptor, value: unknown): unknown {
  if (field.repeated) {
    if (!Array.isArray(value)) throw new Error(`expected a list for ${field.name}`);
    const list = value.map((entry) => readOne(field, entry));
    return list.length === 0 ? undefined : list;
  }
  const one = readOne(field, value);
  if (field.kind === 'message' || field.explicitPresence) return one;
  return one === '' || one === 0 || one === false || one === '0' ? (Object.is(one, -0) ? one : undefined) : one;
}

function readOne(field: FieldDescriptor, value: unknown): unknown {
  return field.kind === 'message' ? readMessage(MESSAGES[field.message], value) : readScalar(field, value);
}

function readScalar(field: ScalarField, value: unknown): unknown {
  switch (field.kind) {
    case 'bool':
      if (typeof value !== 'boolean') throw new Error(`expected a boolean for ${field.name}`);
      return value;
    case 'string':
      return base64(Buffer.from(stringOf(field, value)));
    case 'bytes':
      return base64(bytesOf(field, stringOf(field, value)));
    case 'double':
      return doubleOf(field, value);
    case 'enum':
      if (typeof value === 'string') throw new NameOfEnum();
      return Number(integerOf(field, value, -(2n ** 31n), 2n ** 31n));
    case 'int32':
    case 'sint32':
      return Number(integerOf(field, value, -(2n ** 31n), 2n ** 31n));
    case 'uint32':
    case 'fixed32':
      return Number(integerOf(field, value, 0n, 2n ** 32n));
    case 'int64':
    case 'sfixed64':
      return String(integerOf(field, value, -(2n ** 63n), 2n ** 63n));
    case 'uint64':
    case 'fixed64':
      return String(integerOf(field, value, 0n, 2n ** 64n));
  }
}

/** Thrown for an enum value name, which this decoder does not know. */
class NameOfEnum extends RangeError {
  constructor() {
    super('names of enums are not known here');
  }
}

function stringOf(field: ScalarField, value: unknown): string {
  if (typeof value !== 'string') throw new Error(`expected a string for ${field.name}`);
  return value;
}

function bytesOf(field: ScalarField, text: string): Buffer {
  if (field.idBytes !== undefined) {
    if (text !== '' && (text.length !== 2 * field.idBytes || !/^[\da-fA-F]*$/.test(text))) {
      throw new Error(`expected an id for ${field.name}`);
    }
    return Buffer.from(text, 'hex');
  }
  const bare = text.replace(/=*$/, '');
  const padding = text.length - bare.length;
  const isPadded = padding > 0 && text.length % 4 !== 0;
  if (!/^[\w+/-]*$/.test(bare) || bare.length % 4 === 1 || padding > 2 || isPadded) {
    throw new Error(`expected base64 for ${field.name}`);
  }
  return Buffer.from(bare, 'base64');
}

function doubleOf(field: ScalarField, value: unknown): number {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  const text = numericText(field, value);
  const number = Number(text);
  if (!Number.isFinite(number)) throw new Error(`${text} is not a double`);
  return number;
}

/** Maximum length of integers with a fraction or an exponent. This rule is specific to otelier. */
const MAX_CHARACTERS = 100;

/** Parses an integer exactly, by moving the decimal point. */
function integerOf(field: ScalarField, value: unknown, min: bigint, limit: bigint): bigint {
  const text = numericText(field, value);
  if (/[.eE]/.test(text) && text.length > MAX_CHARACTERS)
    throw new Error(`integer of ${text.length} characters is too long`);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits === '') return 0n;
  const point = digits.length - fraction.length + Number(exponent);
  const rest = point < 0 ? digits : digits.slice(point);
  if (/[1-9]/.test(rest) || point > 40) throw new Error(`${text} is not a valid integer for ${field.name}`);
  const magnitude = BigInt(digits.slice(0, Math.max(0, point)).padEnd(point, '0') || '0');
  const integer = sign === '-' ? -magnitude : magnitude;
  if (integer < min || integer >= limit) throw new Error(`${text} is too large for ${field.name}`);
  return integer;
}

function numericText(field: ScalarField, value: unknown): string {
  const text = value instanceof NumberText ? value.text : value;
  if (typeof text !== 'string' || !/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) {
    throw new Error(`expected a number for ${field.name}`);
  }
  return text;
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}
