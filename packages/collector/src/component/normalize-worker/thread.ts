import { parentPort } from 'node:worker_threads';
import { normalizeRequest, requestFromJson } from '@otelier/otlp';
import { type NormalizeReply, type NormalizeRequest, transferable } from '../normalize-worker.ts';

parentPort?.on('message', ({ id, signal, encoding, body }: NormalizeRequest) => {
  const normalized = encoding === 'json' ? requestFromJson(signal, body) : normalizeRequest(signal, body);
  const reply: NormalizeReply = { id, normalized };
  parentPort?.postMessage(reply, normalized.ok ? transferable(normalized.bytes) : []);
});
