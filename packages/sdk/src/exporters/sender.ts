import type { Signal } from '@otelier/otlp';
import { type ExportClient, type RetryOptions, retry } from '@otelier/transport/portable';
import { integerOption } from '../client/option-error.ts';
import { resolveRetry } from '../client/options.ts';
import type { EndpointOptions, Network } from '../client/platform.ts';

/** How an exporter is set up. Nothing is needed. */
export interface ExporterOptions extends EndpointOptions {
  /** Whole URL for this exporter's signal, taken as it is; for `http/…` only. */
  readonly url?: string;
  /** Default: first wait 1 s, longest 5 s, given up after 30 s, for opentelemetry-js waits no longer. */
  readonly retry?: RetryOptions;
  /** Exports at once; further ones fail. Default 30. */
  readonly concurrencyLimit?: number;
}

/** What an exporter of opentelemetry-js answers: 0 is success, 1 failure. */
export interface ExportResult {
  readonly code: number;
  readonly error?: Error;
}

/** What exporters of all signals have in common: opentelemetry-js queues and batches, so this only sends and retries. */
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
      done(failure(isFull ? 'too many exports at once' : 'the exporter has been shut down'));
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

  /** Lets attempts on their way end, but starts no other. */
  async shutdown(): Promise<void> {
    this.#abort.abort();
    await this.flush();
    await this.#client.shutdown();
  }

  async #send(parts: readonly Uint8Array[]): Promise<ExportResult> {
    // opentelemetry-js waits for the answer, and a process that ends in the meantime would lose what is tried again.
    const release = this.#network.hold();
    const outcome = await retry(() => this.#client.export(this.#signal, parts), this.#retry, {
      clock: this.#network.clock,
      signal: this.#abort.signal,
    });
    release();
    // What was left out of a part must not be sent again, and opentelemetry-js has no word for it.
    return outcome.kind === 'accepted' || outcome.kind === 'partial' ? SUCCESS : failure(outcome.reason);
  }
}

function failure(reason: string): ExportResult {
  return { code: 1, error: new Error(reason) };
}

const SUCCESS: ExportResult = { code: 0 };
