import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, request as requestPlain } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { compress } from '@otelier/transport/compression';
import type { Sender } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { Authorize } from '../../component/fields/client-auth.ts';
import type { HttpRequestOptions } from '../../component/http/http-request.ts';
import { VERSION } from '../../component/version.ts';
import { encodeV1, encodeV2, splitSeries } from './encode.ts';
import { type SeriesOptions, seriesOf } from './series.ts';

/** Options for `RemoteWriteSender`. */
export interface RemoteWriteSenderOptions {
  readonly url: string;
  readonly version: 1 | 2;
  readonly series: SeriesOptions;
  readonly maxBatchBytes: number;
  readonly sendMetadata: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly metadataKeys: readonly string[];
  readonly idleMillis: number;
  /** Reads the TLS settings at start. */
  createTls(): NonNullable<HttpRequestOptions['tls']>;
  createAuthorize(): Authorize | undefined;
  now(): number;
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
  readonly #url: URL;
  readonly #pending = new WeakMap<Batch, PendingRequests>();
  #agent: PlainAgent | undefined;
  #authorize: Authorize | undefined;

  constructor(options: RemoteWriteSenderOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
  }

  async start(): Promise<void> {
    const options = { keepAlive: true, timeout: this.#options.idleMillis };
    this.#authorize = this.#options.createAuthorize();
    this.#agent =
      this.#url.protocol === 'https:'
        ? new TlsAgent({ ...options, ...this.#options.createTls() })
        : new PlainAgent(options);
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
    this.#agent?.destroy();
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

  async #post(body: Uint8Array, batch: Batch, abort: AbortSignal): Promise<Outcome> {
    const { context } = batch;
    const authorized = await this.#authorize?.(context, abort);
    if (authorized !== undefined && authorized.kind === 'retry') return { ...authorized, afterMillis: undefined };
    if (authorized !== undefined && authorized.kind === 'refused') return authorized;
    const forwarded = this.#options.metadataKeys.flatMap((key): [string, string][] => {
      const values = context.metadata[key.toLowerCase()];
      return values === undefined ? [] : [[key, [values].flat().join(', ')]];
    });
    const headers = {
      ...Object.fromEntries(forwarded),
      ...(authorized === undefined ? this.#options.headers : authorized.headers),
      ...CONTENT_TYPES[this.#options.version],
      'content-encoding': 'snappy',
      'content-length': String(body.length),
      'user-agent': `otelier/${VERSION}`,
    };
    try {
      return outcomeOf(await this.#request(headers, body, abort), this.#options.now());
    } catch (error) {
      const reason = abort.aborted ? errorMessage(abort.reason) : errorMessage(error);
      return { kind: 'retry', afterMillis: undefined, reason, unreachable: true };
    }
  }

  #request(headers: Readonly<Record<string, string>>, body: Uint8Array, signal: AbortSignal): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', headers, signal, agent: this.#agent };
      const onResponse = (response: IncomingMessage): void => {
        readStart(response).then((message) => {
          const { statusCode: status = 0, headers: received } = response;
          resolve({ status, message, retryAfter: received['retry-after'] });
        }, reject);
      };
      const request: ClientRequest =
        this.#url.protocol === 'https:'
          ? requestTls(this.#url, options, onResponse)
          : requestPlain(this.#url, options, onResponse);
      request.on('error', reject);
      request.end(body);
    });
  }
}

interface WriteResult {
  readonly status: number;
  readonly message: string;
  readonly retryAfter: string | undefined;
}

/** Number of bytes of a response that are shown. */
const MAX_MESSAGE_BYTES = 1024;

async function readStart(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) if (text.length < MAX_MESSAGE_BYTES) text += chunk;
  return text.slice(0, MAX_MESSAGE_BYTES).replace(/\s+/g, ' ').trim();
}

/** Maps a response to an outcome: 429 and 5xx are tried again, other errors are final, as the specification demands. */
function outcomeOf({ status, message, retryAfter }: WriteResult, nowMillis: number): Outcome {
  if (status >= 200 && status < 300) return ACCEPTED;
  const reason = `the server responded ${status}${message === '' ? '' : `: ${message}`}`;
  if (status !== 429 && status < 500) return { kind: 'refused', reason };
  return { kind: 'retry', afterMillis: retryMillis(retryAfter, nowMillis), reason };
}

function retryMillis(text: string | undefined, nowMillis: number): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  const millis = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - nowMillis;
  return millis >= 0 ? Math.min(millis, MAX_WAIT_MILLIS) : undefined;
}

/** A server must not be able to stop the exporter for longer. */
const MAX_WAIT_MILLIS = 300_000;
