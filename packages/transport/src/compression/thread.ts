import { parentPort } from 'node:worker_threads';
import { decompressAtOnce, outputOptions } from './codecs.ts';
import type { InflateRequest } from './inflate-thread.ts';

parentPort?.on('message', ({ coding, input, maxBytes }: InflateRequest) => {
  // A single output buffer of the maximum size: untouched pages use no memory, and several chunks would have to be
  // joined.
  const result = decompressAtOnce(coding, input, outputOptions(coding, maxBytes));
  if (result.kind !== 'ok') {
    parentPort?.postMessage(result);
    return;
  }
  const body = exact(result.body);
  parentPort?.postMessage({ kind: 'ok', body }, [body.buffer]);
});

/**
 * Returns the bytes in a buffer of exactly their size, and frees a larger one. Such a body can be transferred to
 * another thread without a copy.
 */
function exact({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array<ArrayBuffer> {
  if (buffer instanceof ArrayBuffer && byteOffset === 0) return new Uint8Array(buffer.transfer(byteLength));
  return new Uint8Array(buffer, byteOffset, byteLength).slice();
}
