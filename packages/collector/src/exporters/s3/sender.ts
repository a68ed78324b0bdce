import type { Agent } from 'node:http';
import { type Batch, forEachItem, LogRecordView, type Outcome, requestToJson, type Signal } from '@otelier/otlp';
import { compress } from '@otelier/transport/compression';
import { type AwsCredentials, awsEncode, sha256Hex, signRequest } from '../../component/aws/sign-request.ts';
import type { Sender, SignalContext } from '../../component/contract.ts';
import { httpRequest } from '../../component/http/http-request.ts';
import { createKeepAliveAgent } from '../../component/http/keep-alive-agent.ts';
import { requestTls } from '../../component/http/request-tls.ts';
import { responseReason } from '../../component/http/response-reason.ts';
import { createUuid, formatUuid } from '../../component/identity/uuid.ts';
import {
  createRequestSender,
  type EncodedBatch,
  type OutgoingRequest,
} from '../../component/sending/request-sender.ts';
import { unreachableOutcome } from '../../component/sending/unreachable.ts';
import { VERSION } from '../../component/version.ts';
import { attributeText } from '../../json/attribute-json.ts';
import type { S3Config } from './config.ts';
import { groupRequests, type RequestGroup } from './group-requests.ts';
import { formatTime, joinKey } from './object-key.ts';

/** Loads credentials; a rejection is an outcome to try again. */
export type LoadCredentials = (signal: AbortSignal) => Promise<AwsCredentials>;

/** An object to write. It has the same name in each attempt, so that it is written once. */
interface ObjectRequest extends OutgoingRequest {
  readonly bucket: string;
  readonly key: string;
  readonly body: Uint8Array;
}

/** Time after which credentials are loaded again. */
const CREDENTIALS_MILLIS = 600_000;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** Codes of errors that pass, though their status is one of the client's. */
const TEMPORARY =
  /<Code>(RequestTimeout|RequestTimeTooSkewed|OperationAborted|ExpiredToken|TokenRefreshRequired)<\/Code>/;
const EXPIRED = /<Code>(ExpiredToken|InvalidToken|TokenRefreshRequired)<\/Code>/;
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

/** Writes objects over connections that are kept open. */
class S3Client {
  readonly #config: S3Config;
  readonly #context: SignalContext;
  readonly #load: LoadCredentials;
  readonly #base: URL;
  #agent: Agent | undefined;
  #credentials: { readonly value: AwsCredentials; readonly expiresMillis: number } | undefined;

  constructor(config: S3Config, context: SignalContext, load: LoadCredentials) {
    this.#config = config;
    this.#context = context;
    this.#load = load;
    const { endpoint, region, disableSsl } = config.s3uploader;
    this.#base = new URL(endpoint || `${disableSsl ? 'http' : 'https'}://s3.${region}.amazonaws.com`);
  }

  start(): void {
    this.#agent = createKeepAliveAgent(this.#base, { createTls: () => requestTls(this.#config.tls) });
  }

  close(): void {
    this.#agent?.destroy();
  }

  async put({ bucket, key, body }: ObjectRequest, abort: AbortSignal): Promise<Outcome> {
    const { region, acl, storageClass } = this.#config.s3uploader;
    const bodyHash = sha256Hex(body);
    const url = this.#urlOf(bucket, key);
    try {
      const unsigned = {
        method: 'PUT',
        url,
        bodyHash,
        region,
        service: 's3',
        date: new Date(this.#context.clock.now()),
        headers: {
          'x-amz-content-sha256': bodyHash,
          ...(acl !== '' && { 'x-amz-acl': acl }),
          ...(storageClass !== 'STANDARD' && { 'x-amz-storage-class': storageClass }),
        },
      };
      const signed = signRequest(unsigned, await this.#currentCredentials(abort));
      const headers = { ...signed, 'user-agent': `otelier/${VERSION}` };
      const options = { method: 'PUT', headers, body, signal: abort, agent: this.#agent, maxRedirects: 0 };
      const response = await httpRequest(url.href, options);
      return this.#outcomeOf(response.status, response.body);
    } catch (error) {
      return unreachableOutcome(error, abort);
    }
  }

  #urlOf(bucket: string, key: string): URL {
    const { s3ForcePathStyle } = this.#config.s3uploader;
    const url = new URL(this.#base);
    if (bucket !== '' && !s3ForcePathStyle) url.host = `${bucket}.${url.host}`;
    const path = [...(s3ForcePathStyle ? [bucket] : []), ...key.split('/')].filter((part) => part !== '');
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${path.map(awsEncode).join('/')}`;
    return url;
  }

  async #currentCredentials(signal: AbortSignal): Promise<AwsCredentials> {
    const nowMillis = this.#context.clock.monotonic();
    if (this.#credentials !== undefined && this.#credentials.expiresMillis > nowMillis) return this.#credentials.value;
    const value = await this.#load(signal);
    this.#credentials = { value, expiresMillis: nowMillis + CREDENTIALS_MILLIS };
    return value;
  }

  #outcomeOf(status: number, body: string): Outcome {
    if (status >= 200 && status < 300) return { kind: 'accepted' };
    if (EXPIRED.test(body)) this.#credentials = undefined;
    const reason = responseReason(status, body);
    const isTemporary = status === 429 || status >= 500 || TEMPORARY.test(body);
    return isTemporary ? { kind: 'retry', afterMillis: undefined, reason } : { kind: 'refused', reason };
  }
}
