import { NotScannableError } from './value-tests.ts';

/** Returns a test of a key's value in a JSON object of resource attributes, given as UTF-8. */
export function resourceTest(
  key: string,
  test: (json: string) => boolean,
): (bytes: Uint8Array, from: number, to: number) => boolean {
  return (bytes, from, to) => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString();
    const json = resourceValue(text, key);
    return json !== undefined && test(json);
  };
}

/**
 * Returns the value of a key in a JSON object, as JSON; `undefined` if it is missing. Throws `NotScannableError` for
 * values that the engine may format in another way than they are stored.
 */
export function resourceValue(object: string, key: string): string | undefined {
  const attributes = JSON.parse(object) as Readonly<Record<string, unknown>>;
  if (!Object.hasOwn(attributes, key)) return undefined;
  const value = attributes[key];
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean') return String(value);
  const isPlain = typeof value === 'number' && !Object.is(value, -0) && PLAIN.test(String(value));
  if (!isPlain || Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new NotScannableError('expected a plain value');
  return String(value);
}

const PLAIN = /^-?\d+(?:\.\d+)?$/;
