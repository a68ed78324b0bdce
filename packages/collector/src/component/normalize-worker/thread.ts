import { parentPort } from 'node:worker_threads';
import { normalizeRequest, requestFromJson } from '@otelier/otlp';
import { type NormalizeReply, type SlowRequest, transferable } from '../normalize-worker.ts';

parentPort?.on('message', ({ id, signal, encoding, body }: SlowRequest) => {
  const normalized = encoding === 'json' ? requestFromJson(signal, body) : normalizeRequest(signal, body);
  const response: NormalizeReply = { id, normalized };
  parentPort?.postMessage(response, normalized.ok ? transferable(normalized.bytes) : []);
});
