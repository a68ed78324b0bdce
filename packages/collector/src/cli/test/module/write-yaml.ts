import { encodeBase64 } from '@otelier/otlp';
import { Double } from '../../../authoring/test/double.ts';

/** Thrown for a value that a test file cannot contain. The message starts with its path. */
export class ModuleValueError extends Error {
  override readonly name = 'ModuleValueError';
}

const MAX_DEPTH = 100;

/**
 * Writes the value that a test module exports as YAML in one line, which is read as a test file. Unlike JSON, it keeps
 * large integers, doubles without a fraction, and numbers that are not finite.
 */
export function writeYaml(value: unknown, path: readonly (string | number)[] = []): string {
  if (path.length > MAX_DEPTH) throw invalid(path, `more than ${MAX_DEPTH} levels`);
  if (value === null || value === undefined) return 'null';
  if (value instanceof Double) return doubleText(value.value);
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (value instanceof Uint8Array) return `{"bytesValue": ${JSON.stringify(encodeBase64(value))}}`;
  if (Array.isArray(value)) return `[${value.map((item, index) => writeYaml(item, [...path, index])).join(', ')}]`;
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isInteger(value) && !Object.is(value, -0) ? integerText(value) : doubleText(value);
    case 'object':
      return writeObject(value, path);
    default:
      throw invalid(path, `a ${typeof value}`);
  }
}

function writeObject(value: object, path: readonly (string | number)[]): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype)
    throw invalid(path, `an object of class ${value.constructor?.name ?? 'unknown'}`);
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}: ${writeYaml(entry, [...path, key])}`).join(', ')}}`;
}

/** Writes a number without a fraction. Beyond 2^53, it is a double, because its last digits are not known. */
function integerText(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : doubleText(value);
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function invalid(path: readonly (string | number)[], got: string): ModuleValueError {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
  const start = place === '' ? '' : `${place.replace(/^\./, '')}: `;
  return new ModuleValueError(`${start}expected text, a number, true, false, a list or an object, got ${got}`);
}
