import { parentPort } from 'node:worker_threads';
import { normalizeRequest, requestFromJson } from '@otelier/otlp';
import { type SlowAnswer, type SlowRequest, transferable } from '../slow-lane.ts';

parentPort?.on('message', ({ id, signal, encoding, body }: SlowRequest) => {
  const normalized = encoding === 'json' ? requestFromJson(signal, body) : normalizeRequest(signal, body);
  const answer: SlowAnswer = { id, normalized };
  parentPort?.postMessage(answer, normalized.ok ? transferable(normalized.bytes) : []);
});
