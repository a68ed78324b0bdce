import { t } from '../../locale/t.ts';
import { addressOf, failureOf, type Params, RequestFailure } from '../client.ts';

/** A query waiting for the others of its batch. */
interface Pending {
  readonly address: string;
  readonly signal: AbortSignal;
  readonly resolve: (data: unknown) => void;
  readonly reject: (error: unknown) => void;
}

let waiting: Pending[] = [];

/**
 * Requests data from the API together with all other queries made in the same event loop turn: one request instead of
 * ten, which a browser would send over six connections. Each query resolves when its response arrives. Rejects as
 * `getJson` does.
 */
export function getBatched<Data>(path: string, params: Params, signal: AbortSignal): Promise<Data> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  if (waiting.length === 0) queueMicrotask(() => setTimeout(sendWaiting));
  waiting.push({ address: addressOf(path, params), signal, resolve, reject });
  return promise as Promise<Data>;
}

function sendWaiting(): void {
  const batch = waiting.filter(({ signal, reject }) => {
    if (signal.aborted) reject(signal.reason);
    return !signal.aborted;
  });
  waiting = [];
  for (let from = 0; from < batch.length; from += MAX_REQUESTS) void send(batch.slice(from, from + MAX_REQUESTS));
}

/** Maximum number of requests in a batch that the API allows. */
const MAX_REQUESTS = 32;

async function send(batch: readonly Pending[]): Promise<void> {
  const open = new Set(batch);
  const canceled = new AbortController();
  for (const pending of batch) {
    pending.signal.addEventListener('abort', () => {
      pending.reject(pending.signal.reason);
      open.delete(pending);
      if (open.size === 0) canceled.abort();
    });
  }
  try {
    for await (const { index, status, body } of responsesTo(batch, canceled.signal)) {
      const pending = batch[index];
      if (pending === undefined || !open.delete(pending)) continue;
      if (status < 400) pending.resolve(body);
      else pending.reject(failureOf(status, body, `GET ${pending.address}`));
    }
    for (const pending of open) pending.reject(unreachable(pending));
  } catch (error) {
    for (const pending of open) pending.reject(error instanceof RequestFailure ? error : unreachable(pending));
  }
}

interface Line {
  readonly index: number;
  readonly status: number;
  readonly body: unknown;
}

async function* responsesTo(batch: readonly Pending[], signal: AbortSignal): AsyncGenerator<Line> {
  const response = await fetch('/api/v1/batch', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ requests: batch.map(({ address }) => address) }),
    signal,
  });
  if (!response.ok || response.body === null) {
    const body: unknown = await response.json().catch(() => undefined);
    throw failureOf(response.status, body, 'POST /api/v1/batch');
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as Line;
  }
}

function unreachable({ address }: Pending): RequestFailure {
  return new RequestFailure('unreachable', t('otelier did not respond.'), 0, `GET ${address}`);
}
