import { parentPort } from 'node:worker_threads';
import { decompressAtOnce, outputOptions } from './codecs.ts';
import type { InflateRequest } from './inflate-thread.ts';

parentPort?.on('message', ({ coding, input, maxBytes }: InflateRequest) => {
  // One output buffer of the maximum size: untouched pages use no memory, and several pieces would have to be joined.
  const result = decompressAtOnce(coding, input, outputOptions(coding, maxBytes));
  const moved = result.kind === 'ok' && result.body.buffer instanceof ArrayBuffer ? [result.body.buffer] : [];
  parentPort?.postMessage(result, moved);
});
