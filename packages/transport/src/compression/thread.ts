import { parentPort } from 'node:worker_threads';
import { decompressAtOnce, outputOptions } from './codecs.ts';
import type { InflateRequest } from './inflate-thread.ts';

parentPort?.on('message', ({ coding, input, maxBytes }: InflateRequest) => {
  // Output in one piece as large as it may be: pages that are not written take no memory, and pieces would be joined.
  const result = decompressAtOnce(coding, input, outputOptions(coding, maxBytes));
  const moved = result.kind === 'ok' && result.body.buffer instanceof ArrayBuffer ? [result.body.buffer] : [];
  parentPort?.postMessage(result, moved);
});
