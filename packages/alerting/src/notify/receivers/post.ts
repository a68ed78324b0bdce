import { Buffer } from 'node:buffer';
import { httpOutcome } from '@otelier/transport/portable';
import type { HttpConfig } from '../config/model.ts';
import { errorMessage } from './error-message.ts';
import { type PostProgress, type RawResponse, RequestError, sendPost } from './http-request.ts';
import type { Notification, SendResult } from './integration.ts';
import { readSecret, SecretFileError, withoutSecrets } from './secrets.ts';

/** A request that sends a notification as JSON. */
export interface PostRequest {
  readonly url: string;
  readonly body: unknown;
  readonly http: HttpConfig;
  readonly notification: Notification;
  readonly signal: AbortSignal;
  readonly nowMillis: number;
  /** Checks a successful response, whose body may tell that the request failed. */
  readonly check?: (response: PostResponse) => SendResult;
  /** Secrets of the body that no error may show. The URL and credentials are secrets anyway. */
  readonly secrets?: readonly string[];
}

/** A response with the start of its body. */
export type PostResponse = Pick<RawResponse, 'status' | 'type' | 'body'>;

/** Sends a notification by HTTP POST. Status 429 and 5xx are worth another attempt, others are not. */
export async function postJson(request: PostRequest): Promise<SendResult> {
  const progress: PostProgress = { isConnected: false };
  const secrets = [...(request.secrets ?? []), request.url];
  try {
    if (!URL.canParse(request.url)) throw new RequestError('expected an http or https URL');
    const { plain, secret } = headersOf(request);
    secrets.push(...Object.values(secret));
    const { http: config, signal } = request;
    const body = Buffer.from(JSON.stringify(request.body));
    const response = await sendPost({ url: new URL(request.url), plain, secret, body, config, signal }, progress);
    const result = resultOf(response, request);
    return result.kind === 'delivered' ? result : { ...result, error: withoutSecrets(result.error, secrets) };
  } catch (error) {
    const text = withoutSecrets(request.signal.aborted ? 'no response in time' : errorMessage(error), secrets);
    if (error instanceof SecretFileError || error instanceof RequestError) return { kind: 'failed', error: text };
    return { kind: 'retry', error: text, afterMillis: undefined, isOutcomeUnknown: progress.isConnected };
  }
}

function resultOf(response: RawResponse, { check, nowMillis }: PostRequest): SendResult {
  const { status } = response;
  if (status >= 200 && status < 300) return check?.(response) ?? { kind: 'delivered' };
  const outcome = httpOutcome(
    { status, contentType: 'text/plain', retryAfter: response.retryAfter, body: Buffer.from(response.body) },
    nowMillis,
    { partialSuccess: () => undefined, message: () => undefined },
  );
  const error = 'reason' in outcome ? outcome.reason : `the server responded ${status}`;
  if (status >= 300 && status < 400) {
    return { kind: 'failed', error: `${error}; set the final URL, because a redirected POST is lost` };
  }
  if (status !== 429 && status < 500) return { kind: 'failed', error };
  const afterMillis = outcome.kind === 'retry' ? outcome.afterMillis : undefined;
  // A server that is busy or limits requests has not processed this one. After other errors it may have.
  return { kind: 'retry', error, afterMillis, isOutcomeUnknown: status !== 429 && status !== 503 };
}

interface Headers {
  readonly plain: Readonly<Record<string, string>>;
  /** Sent only to the server of the URL. */
  readonly secret: Readonly<Record<string, string>>;
}

function headersOf({ http: { authorization, headers }, notification: { id, isRepeated } }: PostRequest): Headers {
  const own = Object.fromEntries(
    Object.entries(headers).map(([name, sources]) => [name.toLowerCase(), sources.map(readSecret).join(', ')]),
  );
  const plain = {
    'content-type': 'application/json',
    'user-agent': 'otelier',
    'idempotency-key': id,
    ...(isRepeated && { 'otelier-repeated': 'true' }),
  };
  if (authorization === undefined) return { plain, secret: own };
  return { plain, secret: { authorization: credentialsOf(authorization), ...own } };
}

function credentialsOf(authorization: NonNullable<HttpConfig['authorization']>): string {
  if ('username' in authorization) {
    const pair = `${readSecret(authorization.username)}:${readSecret(authorization.password)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  const { type, credentials } = authorization;
  return credentials === undefined ? type : `${type} ${readSecret(credentials)}`;
}
