import type { Agent } from 'node:http';
import type { Outcome } from '@otelier/otlp';
import { createClientTls } from '@otelier/transport/tls';
import { type AwsCredentials, awsEncode, sha256Hex, signRequest } from '../../component/aws/sign-request.ts';
import type { SignalContext } from '../../component/contract.ts';
import { clientTlsOptions } from '../../component/fields/client.ts';
import { type HttpResponse, httpRequest } from '../../component/http/http-request.ts';
import { createKeepAliveAgent } from '../../component/http/keep-alive-agent.ts';
import { responseReason } from '../../component/http/response-reason.ts';
import { unreachableOutcome } from '../../component/sending/unreachable.ts';
import { VERSION } from '../../component/version.ts';
import type { S3Config } from './config.ts';
import { type MultipartCalls, PART_BYTES, uploadInParts } from './multipart.ts';

/** Loads credentials; a rejection is an outcome to try again. */
export type LoadCredentials = (signal: AbortSignal) => Promise<AwsCredentials>;

/** An object in a bucket. */
export interface S3Object {
  readonly bucket: string;
  readonly key: string;
  readonly body: Uint8Array;
}

/** A request about an object. */
interface ObjectCall {
  readonly method: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Time after which credentials are loaded again. */
const CREDENTIALS_MILLIS = 600_000;
/** Time in which the parts of a failed upload must be deleted. */
const DISCARD_MILLIS = 5_000;
/** Codes of errors that pass, though their status is one of the client's. */
const TEMPORARY =
  /<Code>(RequestTimeout|RequestTimeTooSkewed|OperationAborted|ExpiredToken|TokenRefreshRequired|InternalError|SlowDown|ServiceUnavailable|NoSuchUpload)<\/Code>/;
const EXPIRED = /<Code>(ExpiredToken|InvalidToken|TokenRefreshRequired)<\/Code>/;

/** Writes objects over connections that are kept open. */
export class S3Client {
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
    const createTls = () => createClientTls(clientTlsOptions(this.#config.tls), this.#context.clock);
    this.#agent = createKeepAliveAgent(this.#base, { createTls });
  }

  close(): void {
    this.#agent?.destroy();
  }

  /** Writes an object, a large one in parts. */
  async put(object: S3Object, abort: AbortSignal): Promise<Outcome> {
    try {
      if (object.body.length > PART_BYTES) return await uploadInParts(this.#multipartCalls(object), object.body, abort);
      const call = { method: 'PUT', query: {}, body: object.body, headers: this.#objectHeaders() };
      return this.#outcomeOf(await this.#send(object, call, abort));
    } catch (error) {
      return unreachableOutcome(error, abort);
    }
  }

  #multipartCalls(object: S3Object): MultipartCalls {
    const send = (method: string, query: ObjectCall['query'], body: Uint8Array, abort: AbortSignal) =>
      this.#send(object, { method, query, body, headers: {} }, abort);
    const headers = this.#objectHeaders();
    return {
      create: (abort) =>
        this.#send(object, { method: 'POST', query: { uploads: '' }, body: new Uint8Array(), headers }, abort),
      put: (uploadId, partNumber, body, abort) =>
        send('PUT', { partNumber: String(partNumber), uploadId }, body, abort),
      complete: (uploadId, body, abort) => send('POST', { uploadId }, Buffer.from(body), abort),
      discard: async (uploadId) => {
        // The request that failed may have been aborted, so that this one needs a limit of its own.
        const stop = new AbortController();
        const cancel = this.#context.clock.setTimeout(() => stop.abort(), DISCARD_MILLIS);
        await send('DELETE', { uploadId }, new Uint8Array(), stop.signal).finally(cancel);
      },
      outcomeOf: (response) => this.#outcomeOf(response),
    };
  }

  /** Headers of the request that creates an object. */
  #objectHeaders(): Readonly<Record<string, string>> {
    const { acl, storageClass } = this.#config.s3uploader;
    return {
      ...(acl !== '' && { 'x-amz-acl': acl }),
      ...(storageClass !== 'STANDARD' && { 'x-amz-storage-class': storageClass }),
    };
  }

  async #send(
    object: S3Object,
    { method, query, body, headers }: ObjectCall,
    abort: AbortSignal,
  ): Promise<HttpResponse> {
    const bodyHash = sha256Hex(body);
    const url = this.#urlOf(object);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const unsigned = {
      method,
      url,
      bodyHash,
      region: this.#config.s3uploader.region,
      service: 's3',
      date: new Date(this.#context.clock.now()),
      headers: { 'x-amz-content-sha256': bodyHash, ...headers },
    };
    const signed = signRequest(unsigned, await this.#currentCredentials(abort));
    const options = { method, body, signal: abort, agent: this.#agent, maxRedirects: 0 };
    return httpRequest(url.href, { ...options, headers: { ...signed, 'user-agent': `otelier/${VERSION}` } });
  }

  #urlOf({ bucket, key }: S3Object): URL {
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

  #outcomeOf({ status, body }: HttpResponse): Outcome {
    // The response to the end of an upload has the status 200 before the server knows whether it succeeds.
    const isError = status < 200 || status >= 300 || /<Error>/.test(body);
    if (!isError) return { kind: 'accepted' };
    if (EXPIRED.test(body)) this.#credentials = undefined;
    const reason = responseReason(status, body);
    const isTemporary = status === 429 || status >= 500 || TEMPORARY.test(body);
    return isTemporary ? { kind: 'retry', afterMillis: undefined, reason } : { kind: 'refused', reason };
  }
}
