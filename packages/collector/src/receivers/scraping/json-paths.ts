import type { Reading, ReadingAttributes } from './reading.ts';
import type { ReportFailure } from './scraping-receiver.ts';

/** A number in a document, with the metric that it is a value of. */
export type JsonPath = readonly [path: string, metric: string, attributes?: ReadingAttributes];

const MAX_INTEGER = 2n ** 63n - 1n;

/** Parses a document whose integers may have 64 bits. Throws if it is no object. */
export function parseDocument(text: string, what: string): object {
  const parsed: unknown = JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) => {
    const isLarge = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
    return isLarge && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context?.source ?? 0) : value;
  });
  if (typeof parsed === 'object' && parsed !== null) return parsed;
  throw new Error(`${what}: expected an object, got ${JSON.stringify(text.slice(0, 40))}`);
}

/** Returns the value below a path of names, or `undefined`. */
export function valueAt(document: unknown, path: string): unknown {
  let value = document;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** Returns the members of the object below a path, by name. */
export function membersAt(document: unknown, path: string): readonly (readonly [name: string, value: unknown])[] {
  const value = valueAt(document, path);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** Returns the readings of the numbers in a document. Those that are missing have none, other values are reported. */
export function readPaths(
  document: unknown,
  paths: readonly JsonPath[],
  fail: ReportFailure,
  common: ReadingAttributes = {},
): readonly Reading[] {
  return paths.flatMap(([path, metric, attributes]) => {
    const value = valueAt(document, path);
    if (value === undefined || value === null) return [];
    const isNumber =
      typeof value === 'number' || (typeof value === 'bigint' && value <= MAX_INTEGER && value >= -MAX_INTEGER);
    if (isNumber) return [{ metric, value, attributes: { ...common, ...attributes } }];
    const got = typeof value === 'bigint' ? String(value) : JSON.stringify(value);
    fail(`${path}: expected a number, got ${got.slice(0, 40)}`);
    return [];
  });
}
