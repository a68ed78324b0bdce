import type { Coding } from '../compression/codecs.ts';
import { type Decompressed, decompress } from '../compression/compression.ts';
import type { Admission } from '../contract.ts';
import { NO_MEMORY, type Rejection, rejection, tooLarge } from './rejection.ts';

/** Result of reading a body: the bytes or a rejection. */
export type ReadBody =
  | { readonly kind: 'body'; readonly body: Uint8Array }
  | { readonly kind: 'rejection'; readonly rejection: Rejection };

/** Decompresses a body within a size limit and a memory reservation, synchronously if it is small. */
export function decompressBody(
  body: Uint8Array,
  coding: Coding,
  maxBytes: number,
  admission: Admission,
): ReadBody | Promise<ReadBody> {
  const result = decompress(coding, body, {
    maxBytes,
    grow: (more) => admission.grow(more),
    shrink: (less) => admission.shrink?.(less),
  });
  return 'kind' in result ? readBody(result, maxBytes) : result.then((late) => readBody(late, maxBytes));
}

function readBody(result: Decompressed, maxBytes: number): ReadBody {
  switch (result.kind) {
    case 'ok':
      return { kind: 'body', body: result.body };
    case 'too_large':
      return { kind: 'rejection', rejection: tooLarge('a decompressed body', maxBytes) };
    case 'no_memory':
      return { kind: 'rejection', rejection: NO_MEMORY };
    case 'malformed':
      return { kind: 'rejection', rejection: rejection('malformed', result.reason) };
  }
}

/** Quotes text from a peer for an error message: truncated and without control characters. */
export function printable(text: string): string {
  return `"${text.slice(0, 100).replace(/[^\x20-\x7e]/g, '?')}"`;
}
