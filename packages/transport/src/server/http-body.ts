import type { IncomingMessage } from 'node:http';
import type { Admission } from '../contract.ts';
import type { ReadBody } from './body.ts';
import { type Fault, fault, NO_ROOM, tooLarge } from './fault.ts';

/** What is reserved for a body whose length is not known, before its first byte. */
export const UNKNOWN_LENGTH_BYTES = 16 * 1024;

/**
 * Reads a body into memory of its own: exactly `contentLength` bytes where that is known, otherwise an array that grows
 * within the admission. (The chunks that Node hands out are slices of a pool: kept, they would hold much more memory.)
 */
export function readBody(
  request: IncomingMessage,
  contentLength: number | undefined,
  maxBytes: number,
  admission: Admission,
): Promise<ReadBody> {
  if (contentLength === 0) return Promise.resolve({ kind: 'body', body: new Uint8Array(0) });
  return new Promise((resolve) => {
    const known = contentLength !== undefined;
    let bytes = Buffer.allocUnsafeSlow(contentLength ?? Math.min(UNKNOWN_LENGTH_BYTES, maxBytes));
    let length = 0;

    const settle = (result: ReadBody) => {
      request.off('data', take).off('end', end).off('close', close);
      resolve(result);
    };
    const grow = (needed: number): Fault | undefined => {
      if (needed > maxBytes) return tooLarge('a body', maxBytes);
      const capacity = Math.min(Math.max(needed, bytes.length * 2), maxBytes);
      if (!admission.grow(capacity - bytes.length)) return NO_ROOM;
      const larger = Buffer.allocUnsafeSlow(capacity);
      larger.set(bytes.subarray(0, length));
      bytes = larger;
      return undefined;
    };
    const take = (chunk: Buffer) => {
      const problem = length + chunk.length > bytes.length ? grow(length + chunk.length) : undefined;
      if (problem !== undefined) return settle({ kind: 'fault', fault: problem });
      bytes.set(chunk, length);
      length += chunk.length;
    };
    const end = () => {
      if (known && length !== contentLength) {
        return settle({
          kind: 'fault',
          fault: fault('malformed', `expected a body of ${contentLength} bytes, got ${length}`),
        });
      }
      settle({ kind: 'body', body: length === bytes.length ? bytes : exactly(bytes, length) });
    };
    const close = () => settle({ kind: 'gone' });
    request.on('data', take).on('end', end).on('close', close);
  });
}

function exactly(bytes: Buffer, length: number): Uint8Array {
  const own = Buffer.allocUnsafeSlow(length);
  own.set(bytes.subarray(0, length));
  return own;
}

/**
 * Throws away what is still to come of a request that has been answered, so that the connection can serve the next one
 * and the client, which may not read before it has written, sees the answer. Cuts the connection after `mostBytes`.
 */
export function discardRest(request: IncomingMessage, mostBytes: number): void {
  let discarded = 0;
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > mostBytes) request.socket.destroy();
  });
  request.resume();
}
