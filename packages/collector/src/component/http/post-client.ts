import { type Agent, type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { ACCEPTED, type BatchContext, type Outcome } from '@otelier/otlp';
import type { Authorize } from '../fields/client-auth.ts';
import { unreachableOutcome } from '../sending/unreachable.ts';
import { VERSION } from '../version.ts';
import { createKeepAliveAgent, type KeepAliveOptions } from './keep-alive-agent.ts';
import { responseReason } from './response-reason.ts';

/** Options for `PostClient`. */
export interface PostClientOptions extends KeepAliveOptions {
  readonly url: string;
  /** Headers without an authenticator, which otherwise supplies them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly idleMillis: number;
  createAuthorize(): Authorize | undefined;
  now(): number;
}

/** One request. */
export interface PostRequest {
  readonly body: Uint8Array;
  /** Headers of the protocol, such as `content-type`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that those of the client override. */
  readonly forwarded?: Readonly<Record<string, string>>;
  /** The context of the batch that the body was made of. */
  readonly context: BatchContext;
  readonly abort: AbortSignal;
}

/** Sends bodies of a protocol other than OTLP to one URL, over connections that are kept open. */
export class PostClient {
  readonly #options: PostClientOptions;
  readonly #url: URL;
  #agent: Agent | undefined;
  #authorize: Authorize | undefined;

  constructor(options: PostClientOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
  }

  start(): void {
    this.#authorize = this.#options.createAuthorize();
    this.#agent = createKeepAliveAgent(this.#url, this.#options);
  }

  close(): void {
    this.#agent?.destroy();
  }

  /** Sends a body. 429 and 5xx, and failures of the connection, are outcomes to try again; other errors are final. */
  async post({ body, headers, forwarded, context, abort }: PostRequest): Promise<Outcome> {
    const authorized = await this.#authorize?.(context, abort);
    if (authorized !== undefined && authorized.kind === 'retry') return { ...authorized, afterMillis: undefined };
    if (authorized !== undefined && authorized.kind === 'refused') return authorized;
    const sent = {
      ...forwarded,
      ...(authorized === undefined ? this.#options.headers : authorized.headers),
      ...headers,
      'content-length': String(body.length),
      'user-agent': `otelier/${VERSION}`,
    };
    try {
      return outcomeOf(await this.#request(sent, body, abort), this.#options.now());
    } catch (error) {
      return unreachableOutcome(error, abort);
    }
  }

  #request(headers: Readonly<Record<string, string>>, body: Uint8Array, signal: AbortSignal): Promise<PostResult> {
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', headers, signal, agent: this.#agent };
      const onResponse = (response: IncomingMessage): void => {
        readStart(response).then((body) => {
          const { statusCode: status = 0, headers: received } = response;
          resolve({ status, body, retryAfter: received['retry-after'] });
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

interface PostResult {
  readonly status: number;
  /** The start of the body. */
  readonly body: string;
  readonly retryAfter: string | undefined;
}

/** Number of characters of a response that are shown. */
const MAX_BODY_CHARACTERS = 1024;

async function readStart(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) if (text.length < MAX_BODY_CHARACTERS) text += chunk;
  return text;
}

function outcomeOf({ status, body, retryAfter }: PostResult, nowMillis: number): Outcome {
  if (status >= 200 && status < 300) return ACCEPTED;
  const reason = responseReason(status, body, MAX_BODY_CHARACTERS);
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
