import { parentPort } from 'node:worker_threads';
import { countContainers, normalizeRequest, requestFromJson } from '@otelier/otlp';
import { type NormalizeReply, type NormalizeRequest, transferable } from '../normalize-worker.ts';

/** Frees the memory of the body, which this thread owns. */
function freeMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

parentPort?.on('message', ({ id, signal, encoding, body }: NormalizeRequest) => {
  const normalized = encoding === 'json' ? requestFromJson(signal, body) : normalizeRequest(signal, body);
  // The thread is idle between requests and would retain the body until its next garbage collection.
  if (!normalized.ok || normalized.bytes.buffer !== body.buffer) freeMemory(body);
  const containerCount = normalized.ok ? countContainers(signal, normalized.bytes) : 0;
  const reply: NormalizeReply = { id, normalized, containerCount };
  parentPort?.postMessage(reply, normalized.ok ? transferable(normalized.bytes) : []);
});
