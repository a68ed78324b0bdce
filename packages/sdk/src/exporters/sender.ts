import type { Signal } from '@otelier/otlp';
import { type ExportClient, type RetryOptions, retry } from '@otelier/transport/portable';
import { integerOption } from '../client/option-error.ts';
import { resolveRetry } from '../client/options.ts';
import type { EndpointOptions, Network } from '../client/platform.ts';

/** Options for an exporter. Every field is optional. */
export interface ExporterOptions extends EndpointOptions {
  /** The complete URL for this exporter's signal. Only for `http/…`. */
  readonly url?: string;
  /**
   * Retry options. Default: exponential backoff from 1 s to 5 s, for up to 30 s, because opentelemetry-js does not wait
   * longer.
   */
  readonly retry?: RetryOptions;
  /** Maximum number of concurrent exports, beyond which exports fail. Default 30. */
  readonly concurrencyLimit?: number;
}

/** The result of an opentelemetry-js export: 0 is success, 1 is failure. */
export interface ExportResult {
  readonly code: number;
  readonly error?: Error;
}

/** Sends and retries an exporter's requests. Queueing and batching are left to opentelemetry-js. */
export class Sender {
  readonly #signal: Signal;
  readonly #retry: RetryOptions;
  readonly #concurrencyLimit: number;
  readonly #network: Network;
  readonly #client: ExportClient;
  readonly #abort = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();

  constructor(signal: Signal, options: ExporterOptions, network: Network) {
    const { url, retry, concurrencyLimit } = options;
    this.#signal = signal;
    this.#retry = resolveRetry(retry, 5_000, 30_000);
    this.#concurrencyLimit = integerOption('concurrencyLimit', concurrencyLimit, 30, 1, 65_536);
    this.#network = network;
    this.#client = network.connect(url === undefined ? options : { ...options, signalEndpoints: { [signal]: url } });
  }

  export(parts: readonly Uint8Array[], done: (result: ExportResult) => void): void {
    const isFull = this.#inFlight.size >= this.#concurrencyLimit;
    if (isFull || this.#abort.signal.aborted) {
      done(failure(isFull ? 'too many concurrent exports' : 'exporter is shut down'));
      return;
    }
    const sent = this.#send(parts).then((result) => {
      this.#inFlight.delete(sent);
      done(result);
    });
    this.#inFlight.add(sent);
  }

  async flush(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  /** Waits for attempts in flight but starts no further retries. */
  async shutdown(): Promise<void> {
    this.#abort.abort();
    await this.flush();
    await this.#client.shutdown();
  }

  async #send(parts: readonly Uint8Array[]): Promise<ExportResult> {
    // opentelemetry-js awaits the result, and a process that exited meanwhile would lose pending retries.
    const release = this.#network.hold();
    const outcome = await retry(() => this.#client.export(this.#signal, parts), this.#retry, {
      clock: this.#network.clock,
      signal: this.#abort.signal,
    });
    release();
    // A partially accepted request must not be sent again, and opentelemetry-js has no result for it.
    return outcome.kind === 'accepted' || outcome.kind === 'partial' ? SUCCESS : failure(outcome.reason);
  }
}

function failure(reason: string): ExportResult {
  return { code: 1, error: new Error(reason) };
}

const SUCCESS: ExportResult = { code: 0 };
