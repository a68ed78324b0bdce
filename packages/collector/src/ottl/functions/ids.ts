import { constant, constantOf } from '../compile/constant.ts';
import { defineFunction, type FunctionDefinition } from '../compile/function.ts';
import { bytesLike } from '../compile/parameters.ts';
import { ID_BYTES, parseId } from '../contexts/fields.ts';
import { EvaluationError, Identifier, type Value } from '../values/value.ts';

/** Converters that create IDs. */
export const IDS: readonly FunctionDefinition[] = [
  idFunction('TraceID', 'trace'),
  idFunction('SpanID', 'span'),
  idFunction('ProfileID', 'profile'),
  defineFunction(
    'UUID',
    {},
    () =>
      ({ environment }) =>
        formatUuid(randomBytes(environment.random), 4),
  ),
  defineFunction('UUIDv7', {}, () => ({ environment }) => {
    const bytes = randomBytes(environment.random);
    // The first 48 bits are the time in milliseconds.
    const millis = BigInt(Math.floor(environment.now()));
    for (let i = 0; i < 6; i++) bytes[i] = Number((millis >> BigInt(40 - 8 * i)) & 0xffn);
    return formatUuid(bytes, 7);
  }),
];

/** Defines a function whose argument is the bytes of an ID or its hex digits. */
function idFunction(name: string, kind: Identifier['kind']): FunctionDefinition {
  return defineFunction(name, { target: bytesLike() }, ({ target }) => {
    const known = constantOf(target);
    if (known !== undefined) return constant<Value>(new Identifier(kind, idBytes(kind, known.value)));
    return (subject) => new Identifier(kind, idBytes(kind, target(subject)));
  });
}

function idBytes(kind: Identifier['kind'], bytes: Uint8Array = new Uint8Array()): Uint8Array {
  const length = ID_BYTES[kind];
  if (bytes.length === length) return bytes;
  if (bytes.length === 2 * length) return parseId(kind, Buffer.from(bytes).toString('latin1'));
  throw new EvaluationError(`expected ${length} bytes or ${2 * length} hexadecimal digits, got ${bytes.length}`);
}

function randomBytes(random: () => number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256));
}

function formatUuid(bytes: Uint8Array, version: number): string {
  const set = (at: number, mask: number, value: number): void => {
    bytes[at] = ((bytes[at] ?? 0) & mask) | value;
  };
  set(6, 0x0f, version << 4);
  set(8, 0x3f, 0x80);
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
