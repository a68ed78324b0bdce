import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { compress } from '@otelier/transport/compression';
import type { Sender } from '../../component/contract.ts';
import { PostClient, type PostClientOptions } from '../../component/http/post-client.ts';
import { encodeV1, encodeV2, splitSeries } from './encode.ts';
import { type SeriesOptions, seriesOf } from './series.ts';

/** Options for `RemoteWriteSender`. */
export interface RemoteWriteSenderOptions extends PostClientOptions {
  readonly version: 1 | 2;
  readonly series: SeriesOptions;
  readonly maxBatchBytes: number;
  readonly sendMetadata: boolean;
  readonly metadataKeys: readonly string[];
}

/** The requests of a batch, which continue after those that were accepted when the batch is sent again. */
interface PendingRequests {
  readonly bodies: readonly Uint8Array[];
  sent: number;
  readonly rejectedPoints: number;
  readonly reason: string;
}

const CONTENT_TYPES = {
  1: { 'content-type': 'application/x-protobuf', 'x-prometheus-remote-write-version': '0.1.0' },
  2: {
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'x-prometheus-remote-write-version': '2.0.0',
  },
} as const;

/** Sends batches by Prometheus remote write. */
export class RemoteWriteSender implements Sender {
  readonly #options: RemoteWriteSenderOptions;
  readonly #client: PostClient;
  readonly #pending = new WeakMap<Batch, PendingRequests>();

  constructor(options: RemoteWriteSenderOptions) {
    this.#options = options;
    this.#client = new PostClient(options);
  }

  async start(): Promise<void> {
    this.#client.start();
  }

  async send(batch: Batch, abort: AbortSignal, onUnused: () => void): Promise<Outcome> {
    let pending = this.#pending.get(batch);
    if (pending === undefined) {
      pending = await this.#encode(batch);
      this.#pending.set(batch, pending);
    }
    onUnused();
    for (const body of pending.bodies.slice(pending.sent)) {
      const outcome = await this.#post(body, batch, abort);
      if (outcome.kind !== 'accepted') return outcome;
      pending.sent += 1;
    }
    const { rejectedPoints, reason } = pending;
    return rejectedPoints === 0 ? ACCEPTED : { kind: 'partial', rejectedItems: rejectedPoints, reason };
  }

  async shutdown(): Promise<void> {
    this.#client.close();
  }

  async #encode({ parts }: Batch): Promise<PendingRequests> {
    const { version, series: options, maxBatchBytes, sendMetadata } = this.#options;
    const { series, rejectedPoints, reason } = seriesOf(parts, options);
    const bodies: Uint8Array[] = [];
    for (const run of splitSeries(series, maxBatchBytes)) {
      const body = version === 1 ? encodeV1(run, sendMetadata) : encodeV2(run);
      bodies.push(await compress('snappy', [body]));
    }
    return { bodies, sent: 0, rejectedPoints, reason };
  }

  #post(body: Uint8Array, { context }: Batch, abort: AbortSignal): Promise<Outcome> {
    const forwarded = this.#options.metadataKeys.flatMap((key): [string, string][] => {
      const values = context.metadata[key.toLowerCase()];
      return values === undefined ? [] : [[key, [values].flat().join(', ')]];
    });
    const protocol = { ...CONTENT_TYPES[this.#options.version], 'content-encoding': 'snappy' };
    return this.#client.post({ body, headers: protocol, forwarded: Object.fromEntries(forwarded), context, abort });
  }
}
