import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { type Compression, codingName, compress } from '@otelier/transport';
import type { Sender } from '../../component/contract.ts';
import { PostClient, type PostClientOptions } from '../../component/http/post-client.ts';
import { convertRequests } from './convert-requests.ts';
import { checkJson, encodeJson } from './encode-json.ts';
import { encodeProtobuf } from './encode-protobuf.ts';

/** Options for `ZipkinSender`. */
export interface ZipkinSenderOptions extends PostClientOptions {
  readonly format: 'json' | 'proto';
  readonly compression: Compression;
  readonly compressionLevel: number | undefined;
  /** Service name of spans whose resource has none. */
  readonly defaultServiceName: string;
}

/** The body of a batch, which is sent again if necessary. `undefined` if there is no span to send. */
interface EncodedBatch {
  readonly body: Uint8Array | undefined;
  readonly rejectedSpans: number;
  readonly reason: string;
}

const FORMATS = {
  json: { contentType: 'application/json', encode: encodeJson, check: checkJson },
  proto: { contentType: 'application/x-protobuf', encode: encodeProtobuf, check: () => {} },
} as const;

/** Sends batches to the API of Zipkin. */
export class ZipkinSender implements Sender {
  readonly #options: ZipkinSenderOptions;
  readonly #client: PostClient;
  readonly #encoded = new WeakMap<Batch, EncodedBatch>();

  constructor(options: ZipkinSenderOptions) {
    this.#options = options;
    this.#client = new PostClient(options);
  }

  async start(): Promise<void> {
    this.#client.start();
  }

  async send(batch: Batch, abort: AbortSignal, onUnused: () => void): Promise<Outcome> {
    let encoded = this.#encoded.get(batch);
    if (encoded === undefined) {
      encoded = await this.#encode(batch);
      this.#encoded.set(batch, encoded);
    }
    onUnused();
    const { body, rejectedSpans, reason } = encoded;
    if (body === undefined) return { kind: 'refused', reason };
    const outcome = await this.#client.post({ body, headers: this.#headers(), context: batch.context, abort });
    if (outcome.kind !== 'accepted') return outcome;
    return rejectedSpans === 0 ? ACCEPTED : { kind: 'partial', rejectedItems: rejectedSpans, reason };
  }

  async shutdown(): Promise<void> {
    this.#client.close();
  }

  async #encode({ parts }: Batch): Promise<EncodedBatch> {
    const { format, compression, compressionLevel, defaultServiceName } = this.#options;
    const { encode, check } = FORMATS[format];
    const { spans, rejectedSpans, reason } = convertRequests(parts, defaultServiceName, check);
    if (spans.length === 0) return { body: undefined, rejectedSpans, reason };
    const plain = encode(spans);
    const body = compression === 'none' ? plain : await compress(compression, [plain], compressionLevel);
    return { body, rejectedSpans, reason };
  }

  #headers(): Record<string, string> {
    const { format, compression } = this.#options;
    const { contentType } = FORMATS[format];
    return {
      'content-type': contentType,
      ...(compression !== 'none' && { 'content-encoding': codingName(compression) }),
    };
  }
}
