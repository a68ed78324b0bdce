import { type Batch, forEachDataPoint, forEachLogRecord, forEachSpan, type Outcome, type Signal } from '@otelier/otlp';
import { compress } from '@otelier/transport/compression';
import type { Sender } from '../../component/contract.ts';
import { PostClient, type PostClientOptions } from '../../component/http/post-client.ts';
import {
  createRequestSender,
  type EncodedBatch,
  type OutgoingRequest,
} from '../../component/sending/request-sender.ts';
import { type Dimensions, logLine, spanLines } from './items.ts';
import { type LineToWrite, writeLine } from './line.ts';
import { type MetricsSchema, pointLines } from './metrics.ts';

/** Options for `createInfluxSender`. */
export interface InfluxSenderOptions extends PostClientOptions {
  readonly schema: MetricsSchema;
  readonly dimensions: Dimensions;
  readonly maxLines: number;
  readonly maxBytes: number;
  readonly isCompressed: boolean;
}

interface LinesRequest extends OutgoingRequest {
  readonly body: Uint8Array;
}

/** Creates a sender that writes batches as lines. */
export function createInfluxSender(options: InfluxSenderOptions): Sender {
  const client = new PostClient(options);
  const encoding = options.isCompressed ? { 'content-encoding': 'gzip' } : {};
  const headers = { 'content-type': 'text/plain; charset=utf-8', ...encoding };
  return createRequestSender<LinesRequest>({
    client,
    encode: (batch) => encode(batch, options),
    async send({ body, itemCount }, { context }, abort) {
      return partialOutcome(await client.post({ body, headers, context, abort }), itemCount);
    },
  });
}

/** A server that rejects some of the lines says how many. */
function partialOutcome(outcome: Outcome, itemCount: number): Outcome {
  if (outcome.kind !== 'refused') return outcome;
  const dropped = Number(/partial write\b.*\bdropped=(\d+)/.exec(outcome.reason)?.[1]);
  const { reason } = outcome;
  return dropped > 0 && dropped < itemCount ? { kind: 'partial', rejectedItems: dropped, reason } : outcome;
}

async function encode(batch: Batch, options: InfluxSenderOptions): Promise<EncodedBatch<LinesRequest>> {
  const payloads = new Payloads(options);
  for (const part of batch.parts) ENCODERS[batch.signal]?.(part, payloads, options);
  const { texts, rejectedItems, reason } = payloads.finish();
  const requests: LinesRequest[] = [];
  for (const { text, itemCount } of texts) {
    const plain = Buffer.from(text);
    requests.push({ itemCount, body: options.isCompressed ? await compress('gzip', [plain]) : plain });
  }
  return { requests, rejectedItems, reason };
}

const ENCODERS: Partial<Record<Signal, (part: Uint8Array, to: Payloads, options: InfluxSenderOptions) => void>> = {
  traces: (part, payloads, { dimensions }) => forEachSpan(part, (span) => payloads.add(spanLines(span, dimensions))),
  logs: (part, payloads, { dimensions }) =>
    forEachLogRecord(part, (record) => {
      const line = logLine(record, dimensions);
      payloads.add(typeof line === 'string' ? line : [line]);
    }),
  metrics: (part, payloads, { schema }) =>
    forEachDataPoint(part, (point, metric) => payloads.add(pointLines(point, metric, schema))),
};

/** Collects lines in requests of limited size. The lines of an item are in one request. */
class Payloads {
  readonly #options: InfluxSenderOptions;
  readonly #texts: { readonly text: string; readonly itemCount: number }[] = [];
  #lines: string[] = [];
  #sizeBytes = 0;
  #itemCount = 0;
  #rejectedItems = 0;
  #reason = '';

  constructor(options: InfluxSenderOptions) {
    this.#options = options;
  }

  add(lines: readonly LineToWrite[] | string): void {
    const texts = typeof lines === 'string' ? [] : lines.flatMap((line) => writeLine(line) ?? []);
    if (texts.length === 0) {
      this.#reject(typeof lines === 'string' ? lines : 'expected a value that is a number, got none');
      return;
    }
    const { maxLines, maxBytes } = this.#options;
    const sizeBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const isFull = this.#lines.length + texts.length > maxLines || this.#sizeBytes + sizeBytes > maxBytes;
    if (isFull && this.#itemCount > 0) this.#finishText();
    this.#lines.push(...texts);
    this.#sizeBytes += sizeBytes;
    this.#itemCount += 1;
  }

  finish() {
    if (this.#itemCount > 0) this.#finishText();
    return { texts: this.#texts, rejectedItems: this.#rejectedItems, reason: this.#reason };
  }

  #reject(reason: string): void {
    if (this.#rejectedItems === 0) this.#reason = reason;
    this.#rejectedItems += 1;
  }

  #finishText(): void {
    this.#texts.push({ text: this.#lines.join(''), itemCount: this.#itemCount });
    this.#lines = [];
    this.#sizeBytes = 0;
    this.#itemCount = 0;
  }
}
