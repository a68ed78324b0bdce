import { parentPort } from 'node:worker_threads';
import { decompressAtOnce, outputOptions } from '../codecs.ts';
import type { InflateRequest } from './inflate-thread.ts';

/** Output without a known size comes in pieces of this size, which are joined at the end. */
const CHUNK_BYTES = 1024 * 1024;

parentPort?.on('message', ({ coding, input, maxBytes }: InflateRequest) => {
  const chunkBytes = maxBytes > input.length * 16 ? Math.min(maxBytes, CHUNK_BYTES) : maxBytes;
  const result = decompressAtOnce(coding, input, outputOptions(coding, maxBytes, chunkBytes));
  const moved = result.kind === 'ok' && result.body.buffer instanceof ArrayBuffer ? [result.body.buffer] : [];
  parentPort?.postMessage(result, moved);
});
