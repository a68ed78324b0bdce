import type { Batch, BatchContext } from '@otelier/otlp';
import { compress } from '@otelier/transport/compression';
import type { Sender } from '../../component/contract.ts';
import { PostClient, type PostClientOptions } from '../../component/http/post-client.ts';
import {
  createRequestSender,
  type EncodedBatch,
  type OutgoingRequest,
} from '../../component/sending/request-sender.ts';
import { encodeV1, encodeV2, splitSeries } from './encode.ts';
import { type SeriesOptions, seriesOf } from './series.ts';

/** Options for `createRemoteWriteSender`. */
export interface RemoteWriteSenderOptions extends PostClientOptions {
  readonly version: 1 | 2;
  readonly series: SeriesOptions;
  readonly maxBatchBytes: number;
  readonly sendMetadata: boolean;
  readonly metadataKeys: readonly string[];
}

/** A run of series. */
interface WriteRequest extends OutgoingRequest {
  readonly body: Uint8Array;
}

const CONTENT_TYPES = {
  1: { 'content-type': 'application/x-protobuf', 'x-prometheus-remote-write-version': '0.1.0' },
  2: {
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'x-prometheus-remote-write-version': '2.0.0',
  },
} as const;

/** Creates a sender that sends batches by Prometheus remote write. */
export function createRemoteWriteSender(options: RemoteWriteSenderOptions): Sender {
  const client = new PostClient(options);
  const headers = { ...CONTENT_TYPES[options.version], 'content-encoding': 'snappy' };
  return createRequestSender<WriteRequest>({
    client,
    encode: (batch) => encode(batch, options),
    send: ({ body }, { context }, abort) =>
      client.post({ body, headers, forwarded: forwardedHeaders(context, options.metadataKeys), context, abort }),
  });
}

async function encode({ parts }: Batch, options: RemoteWriteSenderOptions): Promise<EncodedBatch<WriteRequest>> {
  const { version, maxBatchBytes, sendMetadata } = options;
  const { series, rejectedPoints, reason } = seriesOf(parts, options.series);
  const requests: WriteRequest[] = [];
  for (const run of splitSeries(series, maxBatchBytes)) {
    const body = version === 1 ? encodeV1(run, sendMetadata) : encodeV2(run);
    const itemCount = run.reduce((sum, { pointCount }) => sum + pointCount, 0);
    requests.push({ itemCount, body: await compress('snappy', [body]) });
  }
  return { requests, rejectedItems: rejectedPoints, reason };
}

/** Returns the request metadata that is sent as headers. */
function forwardedHeaders({ metadata }: BatchContext, keys: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    keys.flatMap((key): [string, string][] => {
      const values = metadata[key.toLowerCase()];
      return values === undefined ? [] : [[key, [values].flat().join(', ')]];
    }),
  );
}
