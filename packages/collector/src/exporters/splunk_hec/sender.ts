import type { Batch } from '@otelier/otlp';
import { compress } from '@otelier/transport/compression';
import type { Sender } from '../../component/contract.ts';
import { httpRequest } from '../../component/http/http-request.ts';
import { PostClient, type PostClientOptions } from '../../component/http/post-client.ts';
import { responseReason } from '../../component/http/response-reason.ts';
import {
  createRequestSender,
  type EncodedBatch,
  type OutgoingRequest,
} from '../../component/sending/request-sender.ts';
import { type EncodeOptions, encodeEvents } from './encode.ts';

/** Options for `createHecSender`. */
export interface HecSenderOptions extends EncodeOptions, PostClientOptions {
  readonly token: string;
  readonly isCompressed: boolean;
  /** Whether everything is accepted and not sent. */
  readonly isDropped: boolean;
  /** URL that is checked at start. */
  readonly healthUrl: string | undefined;
}

interface EventsRequest extends OutgoingRequest {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Smaller bodies are sent without compression, as in the Collector. */
const MIN_COMPRESSED_BYTES = 1500;
const HEALTH_MILLIS = 10_000;

/** Creates a sender that sends batches to the HTTP Event Collector of Splunk. */
export function createHecSender(options: HecSenderOptions): Sender {
  const client = new PostClient(options);
  const sender = createRequestSender<EventsRequest>({
    client,
    encode: (batch) => (options.isDropped ? NOTHING : encode(batch, options)),
    send: ({ body, headers }, { context }, abort) => client.post({ body, headers, context, abort }),
  });
  const { healthUrl } = options;
  if (healthUrl === undefined) return sender;
  return {
    ...sender,
    async start() {
      await checkHealth(healthUrl, options);
      await sender.start?.();
    },
  };
}

const NOTHING: EncodedBatch<EventsRequest> = { requests: [], rejectedItems: 0, reason: '' };

async function encode(batch: Batch, options: HecSenderOptions): Promise<EncodedBatch<EventsRequest>> {
  const { runs, rejectedItems, reason } = encodeEvents(batch, options);
  const requests: EventsRequest[] = [];
  for (const { token = options.token, itemCount, text } of runs) {
    const plain = Buffer.from(text);
    const isCompressed = options.isCompressed && plain.length >= MIN_COMPRESSED_BYTES;
    requests.push({
      itemCount,
      body: isCompressed ? await compress('gzip', [plain]) : plain,
      headers: {
        'content-type': 'application/json',
        authorization: `Splunk ${token}`,
        ...(isCompressed && { 'content-encoding': 'gzip' }),
      },
    });
  }
  return { requests, rejectedItems, reason };
}

async function checkHealth(url: string, { token, createTls }: HecSenderOptions): Promise<void> {
  const { status, body } = await httpRequest(url, {
    headers: { authorization: `Splunk ${token}` },
    tls: createTls().connectOptions(),
    signal: AbortSignal.timeout(HEALTH_MILLIS),
  });
  if (status !== 200) throw new Error(`health check of ${url} failed: ${responseReason(status, body)}`);
}
