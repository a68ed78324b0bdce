import { type Batch, forEachItem, LogRecordView, requestToJson, type Signal } from '@otelier/otlp';
import { compress } from '@otelier/transport/compression';
import type { Sender, SignalContext } from '../../component/contract.ts';
import { createUuid, formatUuid } from '../../component/identity/uuid.ts';
import {
  createRequestSender,
  type EncodedBatch,
  type OutgoingRequest,
} from '../../component/sending/request-sender.ts';
import { attributeText } from '../../json/attribute-json.ts';
import { type LoadCredentials, S3Client, type S3Object } from './client.ts';
import type { S3Config } from './config.ts';
import { groupRequests, type RequestGroup } from './group-requests.ts';
import { formatTime, joinKey } from './object-key.ts';

/** An object to write. It has the same name in each attempt, so that it is written once. */
type ObjectRequest = OutgoingRequest & S3Object;

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const SUFFIXES = { otlp_json: 'json', otlp_proto: 'binpb', body: 'txt', parquet: 'parquet' } as const;

/** Creates a sender that writes an object for each batch, or for each of its groups of resources. */
export function createS3Sender(config: S3Config, context: SignalContext, load: LoadCredentials): Sender {
  const client = new S3Client(config, context, load);
  return createRequestSender<ObjectRequest>({
    client,
    encode: (batch) => encodeBatch(batch, config, context),
    send: (request, _, abort) => client.put(request, abort),
  });
}

async function encodeBatch(
  { parts }: Batch,
  config: S3Config,
  { signal, clock, random }: SignalContext,
): Promise<EncodedBatch<ObjectRequest>> {
  const { s3uploader, marshaler, resourceAttrsToS3 } = config;
  const isCompressed = s3uploader.compression === 'gzip';
  const date = new Date(clock.now());
  const requests: ObjectRequest[] = [];
  let rejectedItems = 0;
  let reason = '';
  for (const group of groupRequests(signal, parts, [resourceAttrsToS3.s3Bucket, resourceAttrsToS3.s3Prefix])) {
    const [bucketValue = '', prefixValue = ''] = group.values;
    if (bucketValue !== '' && !BUCKET.test(bucketValue)) {
      rejectedItems += group.itemCount;
      reason ||= `${resourceAttrsToS3.s3Bucket}: expected the name of a bucket, got ${JSON.stringify(bucketValue.slice(0, 80))}`;
      continue;
    }
    const unique = s3uploader.uniqueKeyFuncName === '' ? randomName(random) : formatUuid(createUuid(date.getTime()));
    const name = `${s3uploader.filePrefix}${signal}_${unique}.${SUFFIXES[marshaler]}${isCompressed ? '.gz' : ''}`;
    const time = formatTime(s3uploader.s3PartitionFormat, date);
    const content = await contentOf(signal, group, marshaler, date.getTime());
    requests.push({
      bucket: bucketValue || s3uploader.s3Bucket,
      key: joinKey(s3uploader.s3BasePrefix, prefixValue || s3uploader.s3Prefix, time, name),
      itemCount: group.itemCount,
      body: isCompressed ? await compress('gzip', [content]) : content,
    });
  }
  return { requests, rejectedItems, reason };
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const CHARACTERS = `${LETTERS}0123456789`;

/** Returns nine random characters, of which the first is a letter. */
function randomName(random: () => number): string {
  const pick = (from: string): string => from.charAt(Math.floor(random() * from.length));
  return pick(LETTERS) + Array.from({ length: 8 }, () => pick(CHARACTERS)).join('');
}

async function contentOf(
  signal: Signal,
  { bytes }: RequestGroup,
  marshaler: S3Config['marshaler'],
  nowMillis: number,
): Promise<Uint8Array> {
  if (marshaler === 'parquet') {
    const { encodeParquetFile } = await import('@otelier/store/parquet-file');
    return encodeParquetFile(signal, bytes, nowMillis);
  }
  // The memory of the batch is used again while the object is sent.
  if (marshaler === 'otlp_proto') return Buffer.from(bytes);
  if (marshaler === 'otlp_json') return Buffer.from(requestToJson(signal, bytes));
  const lines: string[] = [];
  const record = new LogRecordView();
  forEachItem(signal, bytes, ({ start, end }) =>
    lines.push(`${attributeText(record.reset(bytes, start, end).body)}\n`),
  );
  return Buffer.from(lines.join(''));
}
