import {
  type NormalizedRequest,
  normalizeQuickly,
  type OtlpEncoding,
  requestFromJson,
  type Signal,
} from '@otelier/otlp';
import type { Host, Lease } from '../host.ts';
import { createNormalizeWorker, type NormalizeWorker } from '../normalize-worker.ts';

/** A normalized request, or why it is invalid. */
export interface NormalizeResult {
  readonly normalized: NormalizedRequest;
  /** Number of resources, scopes and metrics, including empty ones. 0 if the request was small. */
  readonly containerCount: number;
}

/**
 * Maximum sizes of requests handled on the event loop, which even hostile requests block for at most 25 ms
 * (`worst-case.bench.ts` in otlp). Larger requests are normalized in a worker thread.
 */
const QUICK_BYTES = {
  /** Canonical requests take 0.3 ns per byte, hostile ones up to 10 ns. */
  walked: 2 * 2 ** 20,
  /** Rewriting a request, or describing its errors, takes up to 150 ns per byte. */
  rewritten: 64 * 1024,
  json: 256 * 1024,
} as const;

/** Makes the export requests that a component receives canonical. */
export class Normalizer {
  readonly #host: Host;
  #worker: Promise<Lease<NormalizeWorker>> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Normalizes a request, in a worker thread if it would block the event loop; `body` may then be transferred to it. */
  normalize(signal: Signal, encoding: OtlpEncoding, body: Uint8Array): NormalizeResult | Promise<NormalizeResult> {
    const normalized = normalizeOnEventLoop(signal, encoding, body);
    return normalized === undefined
      ? this.#normalizeInWorker(signal, encoding, body)
      : { normalized, containerCount: 0 };
  }

  /** Releases the worker thread. No request may be in flight. */
  async close(): Promise<void> {
    await (await this.#worker)?.release();
  }

  async #normalizeInWorker(signal: Signal, encoding: OtlpEncoding, body: Uint8Array): Promise<NormalizeResult> {
    this.#worker ??= this.#host.share('normalize worker', async () => createNormalizeWorker());
    const { value } = await this.#worker;
    return value.normalize(signal, encoding, body);
  }
}

function normalizeOnEventLoop(signal: Signal, encoding: OtlpEncoding, body: Uint8Array): NormalizedRequest | undefined {
  if (encoding === 'json') return body.length > QUICK_BYTES.json ? undefined : requestFromJson(signal, body);
  return body.length > QUICK_BYTES.walked ? undefined : normalizeQuickly(signal, body, QUICK_BYTES.rewritten);
}
