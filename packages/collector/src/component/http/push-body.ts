import type { IngestTarget, PushRequest } from '@otelier/query';
import { compressionOfName, decompress } from '@otelier/transport/compression';

/** The decompressed body of a request, or why it cannot be read. */
export type PushBody =
  | { readonly kind: 'ok'; readonly body: Uint8Array }
  | { readonly kind: 'too_large' | 'malformed' | 'no_memory'; readonly reason: string };

/** Memory that a request needs in relation to its size: what is decoded, and OTLP. */
const MEMORY_FACTOR = 8;

/** Reads and decompresses a body, and passes it to `use` while the memory that it needs is reserved. */
export async function withPushBody<T>(
  request: PushRequest,
  target: Pick<IngestTarget, 'admit'>,
  maxBytes: number,
  use: (body: PushBody) => T | Promise<T>,
): Promise<T> {
  const compression = compressionOfName(request.contentEncoding);
  if (compression === undefined) {
    const reason = `content-encoding: expected gzip, got ${JSON.stringify(request.contentEncoding)}`;
    return use({ kind: 'malformed', reason });
  }
  const announced = request.contentLength ?? maxBytes;
  if (announced > maxBytes) return use(tooLarge(maxBytes));
  const admission = target.admit(announced);
  if ('kind' in admission) return use({ kind: 'no_memory', reason: admission.reason });
  try {
    const body = await request.readBody(announced);
    if (body === undefined) return await use(tooLarge(announced));
    const grow = (bytes: number): boolean => admission.grow(bytes * MEMORY_FACTOR);
    if (compression === 'none') return await use(grow(body.length) ? { kind: 'ok', body } : NO_MEMORY);
    const read = await decompress(compression, body, { maxBytes, grow });
    switch (read.kind) {
      case 'ok':
        return await use(read);
      case 'too_large':
        return await use(tooLarge(maxBytes, ' after decompression'));
      case 'malformed':
        return await use({ kind: 'malformed', reason: `body: expected ${compression}: ${read.reason}` });
      default:
        return await use(NO_MEMORY);
    }
  } finally {
    admission.release();
  }
}

const NO_MEMORY: PushBody = { kind: 'no_memory', reason: 'out of memory for requests in flight' };

function tooLarge(maxBytes: number, when = ''): PushBody {
  return { kind: 'too_large', reason: `body: expected at most ${maxBytes} bytes${when}, got more` };
}
