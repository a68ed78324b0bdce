import { anyValueKind, findField, payloadEnd, payloadStart, readString, type Signal, WireWriter } from '@otelier/otlp';
import { isSealed } from './format.ts';
import { sealedItem } from './sealed-item.ts';
import type { Sealer } from './sealer.ts';
import { visitValues } from './visit-values.ts';

/** What is sealed. */
export interface SealChoice {
  /**
   * Keys of attributes of items, events, links, resources and scopes. An asterisk at the end matches any rest:
   * `enduser.*`.
   */
  readonly attributes?: readonly string[];
  /** Whether the bodies of log records are sealed. Default: no. */
  readonly bodies?: boolean;
  /**
   * Whether whole spans and log records are sealed. Their IDs, times, kind, status code and severity remain, so that
   * gateways can route, sample and count them. Default: no.
   */
  readonly items?: boolean;
}

/**
 * Seals the chosen parts of an encoded request, all under one content key, and returns the new request. Values that are
 * sealed already stay as they are. The request must be valid.
 */
export async function sealRequest(
  sealer: Sealer,
  choice: SealChoice,
  signal: Signal,
  request: Uint8Array,
): Promise<Uint8Array> {
  const plain: Uint8Array[] = [];
  // The walk is synchronous, and encryption is not: the first walk collects, the second one replaces.
  visitChosen(choice, signal, request, (bytes) => {
    plain.push(bytes);
    return undefined;
  });
  if (plain.length === 0) return request;
  const key = await sealer.contentKey();
  const sealed = await Promise.all(plain.map((bytes) => key.seal(bytes)));
  let next = 0;
  return visitChosen(choice, signal, request, () => textValue(sealed[next++] as string));
}

function visitChosen(
  { attributes = [], bodies = false, items = false }: SealChoice,
  signal: Signal,
  request: Uint8Array,
  replace: (plain: Uint8Array) => Uint8Array | undefined,
): Uint8Array {
  const matches = matcherOf(attributes);
  const sealsItems = items && (signal === 'traces' || signal === 'logs');
  return visitValues(signal, request, {
    value(key, bytes, start, end) {
      const isChosen = key === undefined ? bodies : matches(key);
      return isChosen && !isSealedValue(bytes, start, end) ? replace(bytes.slice(start, end)) : undefined;
    },
    ...(sealsItems && {
      item(cursor) {
        const value = replace(cursor.bytes.slice(cursor.start, cursor.end));
        // While values are collected, those within the item are not wanted.
        return value === undefined ? cursor.bytes.slice(cursor.start, cursor.end) : sealedItem(signal, cursor, value);
      },
    }),
  });
}

const writer = new WireWriter(256);

/** Encodes a text as an `AnyValue`. */
function textValue(text: string): Uint8Array {
  writer.stringField(1, text);
  return writer.finish();
}

/** Reports whether an `AnyValue` is the text of a sealed value. */
export function isSealedValue(bytes: Uint8Array, start: number, end: number): boolean {
  if (anyValueKind(bytes, start, end) !== 'string') return false;
  const at = findField(bytes, start, end, 1);
  const from = payloadStart(bytes, at);
  return isSealed(readString(bytes, from, Math.min(from + 20, payloadEnd(bytes, at))));
}

function matcherOf(patterns: readonly string[]): (key: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (key) => exact.has(key) || prefixes.some((prefix) => key.startsWith(prefix));
}
