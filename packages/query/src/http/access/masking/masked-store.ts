import { requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import { ApiProblem } from '../../../api/problem.ts';
import { type AttributeMask, createMask, createReferenceMask, withoutScope } from './attribute-mask.ts';
import { maskResult } from './mask-results.ts';

/**
 * Returns a store whose reader sees no values of attributes that match patterns, by whatever query: values are replaced where rows
 * become results, queries that select or group by such attributes or search in all of them are refused, and so is SQL.
 */
export function maskStore(store: Store, patterns: readonly string[]): Store {
  if (patterns.length === 0) return store;
  return masked(store, { mask: createMask(patterns), references: createReferenceMask(patterns) });
}

/** Throws an `ApiProblem` for a reader with hidden attributes, for what cannot be masked. */
export function requirePlain({ masked: patterns }: { readonly masked: readonly string[] }, what: string): void {
  if (patterns.length > 0) throw hidden(what);
}

/** Methods that return no telemetry. */
const PLAIN: ReadonlySet<string> = new Set(['settled', 'health', 'checkHealth', 'stats']);
/** Methods that return wire bytes, with their signal if the query does not name it. */
const EXPORTS: Readonly<Record<string, Signal | undefined>> = { export: undefined, exportTrace: 'traces' };

/** The attributes whose values are hidden, and those that queries must not refer to. */
interface Masks {
  readonly mask: AttributeMask;
  readonly references: AttributeMask;
}

function masked<T extends object>(target: T, masks: Masks): T {
  const { mask, references } = masks;
  return new Proxy(target, {
    get(object, name) {
      if (name === 'sql' && Reflect.get(object, name) !== undefined) return REFUSED_SQL;
      const value: unknown = Reflect.get(object, name);
      if (name === 'for' && typeof value === 'function')
        return (caller: unknown) => masked(value.call(object, caller) as object, masks);
      if (typeof value === 'object' && value !== null) return masked(value, masks);
      if (typeof value !== 'function' || PLAIN.has(String(name))) return value;
      return (...args: readonly unknown[]) => {
        const [query] = args;
        checkReferences(query, '', references);
        const result: unknown = value.apply(object, args);
        if (!Object.hasOwn(EXPORTS, String(name))) return maskedResult(result, masks);
        const signal = EXPORTS[String(name)] ?? (query as { readonly signal: Signal }).signal;
        return maskedRequests(result as AsyncIterable<Uint8Array>, signal, mask);
      };
    },
  });
}

const REFUSED_SQL = new Proxy({} as object, {
  get: () => () => {
    throw hidden('SQL');
  },
});

/** Parts of a query that are values, not names. */
const VALUES: ReadonlySet<string> = new Set([
  ...['value', 'values', 'tenant', 'streams', 'traceId', 'traceIds', 'spanId', 'after', 'names', 'name', 'match'],
  ...['service', 'order', 'signal'],
]);

/** Throws an `ApiProblem` if a query refers to a hidden attribute, or searches a text in all attributes. */
function checkReferences(part: unknown, at: string, mask: AttributeMask): void {
  if (typeof part === 'string') {
    if (at === 'text' && part !== '')
      throw new ApiProblem(
        'forbidden',
        'text: expected a condition on the body or the name instead, because the text is also sought in attributes that are hidden from the caller',
      );
    if (mask(withoutScope(part))) throw hidden(part);
    return;
  }
  if (typeof part !== 'object' || part === null) return;
  for (const [name, inner] of Object.entries(part))
    if (!VALUES.has(name)) checkReferences(inner, Array.isArray(part) ? at : name, mask);
}

function hidden(what: string): ApiProblem {
  return new ApiProblem('forbidden', `${what}: expected a caller who may see all attributes, because some are hidden`);
}

function maskedResult(result: unknown, masks: Masks): unknown {
  const { mask, references } = masks;
  if (result instanceof Promise) return result.then((found: unknown) => maskResult(found, mask, references));
  if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result)
    return maskedParts(result as AsyncIterable<unknown>, masks);
  return maskResult(result, mask, references);
}

async function* maskedParts(
  parts: AsyncIterable<unknown>,
  { mask, references }: Masks,
): AsyncGenerator<unknown, undefined> {
  for await (const part of parts) yield maskResult(part, mask, references);
  return undefined;
}

async function* maskedRequests(
  requests: AsyncIterable<Uint8Array>,
  signal: Signal,
  mask: AttributeMask,
): AsyncGenerator<Uint8Array, undefined> {
  for await (const request of requests) {
    const json: unknown = JSON.parse(requestToJson(signal, request));
    const result = requestFromJson(signal, JSON.stringify(maskResult(json, mask)));
    if (!result.ok) throw new Error(`masked request: ${result.reason}`);
    yield result.bytes;
  }
  return undefined;
}
