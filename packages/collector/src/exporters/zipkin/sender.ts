import type { Batch } from '@otelier/otlp';
import { type Compression, codingName, compress } from '@otelier/transport';
import type { Sender } from '../../component/contract.ts';
import { PostClient, type PostClientOptions } from '../../component/http/post-client.ts';
import {
  createRequestSender,
  type EncodedBatch,
  type OutgoingRequest,
} from '../../component/sending/request-sender.ts';
import { convertRequests } from './convert-requests.ts';
import { checkJson, encodeJson } from './encode-json.ts';
import { encodeProtobuf } from './encode-protobuf.ts';

/** Options for `createZipkinSender`. */
export interface ZipkinSenderOptions extends PostClientOptions {
  readonly format: 'json' | 'proto';
  readonly compression: Compression;
  readonly compressionLevel: number | undefined;
  /** Service name of spans whose resource has none. */
  readonly defaultServiceName: string;
}

/** The spans of a batch. */
interface SpansRequest extends OutgoingRequest {
  readonly body: Uint8Array;
}

const FORMATS = {
  json: { contentType: 'application/json', encode: encodeJson, check: checkJson },
  proto: { contentType: 'application/x-protobuf', encode: encodeProtobuf, check: () => {} },
} as const;

/** Creates a sender that sends batches to the API of Zipkin. */
export function createZipkinSender(options: ZipkinSenderOptions): Sender {
  const client = new PostClient(options);
  const { format, compression } = options;
  const headers = {
    'content-type': FORMATS[format].contentType,
    ...(compression !== 'none' && { 'content-encoding': codingName(compression) }),
  };
  return createRequestSender<SpansRequest>({
    client,
    encode: (batch) => encodeBatch(batch, options),
    send: ({ body }, { context }, abort) => client.post({ body, headers, context, abort }),
  });
}

async function encodeBatch({ parts }: Batch, options: ZipkinSenderOptions): Promise<EncodedBatch<SpansRequest>> {
  const { format, compression, compressionLevel, defaultServiceName } = options;
  const { encode, check } = FORMATS[format];
  const { spans, rejectedSpans: rejectedItems, reason } = convertRequests(parts, defaultServiceName, check);
  if (spans.length === 0) return { requests: [], rejectedItems, reason };
  const plain = encode(spans);
  const body = compression === 'none' ? plain : await compress(compression, [plain], compressionLevel);
  return { requests: [{ itemCount: spans.length, body }], rejectedItems, reason };
}
