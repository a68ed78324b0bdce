import { findField, payloadEnd, payloadStart, readString, type Signal } from '@otelier/otlp';
import type { Opener } from './opener.ts';
import { SealError } from './seal-error.ts';
import { isSealedValue } from './seal-request.ts';
import { sealedContents } from './sealed-item.ts';
import { visitValues } from './visit-values.ts';

/** The result of opening a request. */
export interface OpenedRequest {
  readonly request: Uint8Array;
  /** Number of values and items that were opened. */
  readonly opened: number;
  /** Why others remain sealed. */
  readonly failures: readonly SealError[];
}

/** Opens all sealed values and items of an encoded request. What cannot be opened remains as it is. */
export async function openRequest(opener: Opener, signal: Signal, request: Uint8Array): Promise<OpenedRequest> {
  const texts: string[] = [];
  visitSealed(signal, request, (text) => {
    texts.push(text);
    return undefined;
  });
  const results = await Promise.allSettled(texts.map((text) => opener.open(text)));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [errorOf(result.reason)] : []));
  if (failures.length === results.length) return { request, opened: 0, failures };
  let next = 0;
  const opened = visitSealed(signal, request, () => {
    const result = results[next++];
    return result?.status === 'fulfilled' ? result.value : undefined;
  });
  return { request: opened, opened: results.length - failures.length, failures };
}

function visitSealed(signal: Signal, request: Uint8Array, open: (text: string) => Uint8Array | undefined): Uint8Array {
  return visitValues(signal, request, {
    value: (_, bytes, start, end) => (isSealedValue(bytes, start, end) ? open(textOf(bytes, start, end)) : undefined),
    item({ bytes, start, end }) {
      const contents = sealedContents(signal, bytes, start, end);
      if (contents === undefined) return undefined;
      // The other values of such an item are those of its contents.
      return open(contents) ?? bytes.slice(start, end);
    },
  });
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  const at = findField(bytes, start, end, 1);
  return readString(bytes, payloadStart(bytes, at), payloadEnd(bytes, at));
}

function errorOf(reason: unknown): SealError {
  if (reason instanceof SealError) return reason;
  throw reason;
}
