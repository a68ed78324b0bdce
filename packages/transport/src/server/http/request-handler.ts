import type { OtlpEncoding, Signal } from '@otelier/otlp';
import type { Authenticator, RequestHeaders } from '../../auth.ts';
import { compressionOfName, isSupported } from '../../compression/compression.ts';
import type { Compression } from '../../contract.ts';
import { printable } from '../decompress-body.ts';
import { type BodyEncoding, type HttpResponse, httpResponseForRejection } from '../outcome-mapping.ts';
import { type Rejection, rejection, tooLarge } from '../rejection.ts';
import type { Cors } from './cors.ts';
import { headerValue } from './header-value.ts';

/** What an OTLP/HTTP server knows when a request arrives. */
export interface HttpRequestHandlerOptions {
  /** Signals by path. */
  readonly routes: ReadonlyMap<string, Signal>;
  readonly maxBodyBytes: number;
  readonly maxDecompressedBytes: number;
  readonly cors: Cors | undefined;
  readonly auth: Authenticator | undefined;
}

/** The head of a request, whoever has parsed it. */
export interface HttpHead {
  readonly method: string;
  /** The target as it came: a path or a whole URL. */
  readonly target: string;
  readonly headers: RequestHeaders;
}

/**
 * What becomes of a request by its head: an `export`, or an `answer` without it. The same head always gets the same
 * verdict, so it may be kept; who sent it (`authenticate`) and how long it is (`problemOfLength`) is asked every time.
 */
export type HttpVerdict = ExportVerdict | ResponseVerdict;

/** An export whose body is awaited. */
export interface ExportVerdict {
  readonly kind: 'export';
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  readonly compression: Compression;
  readonly corsHeaders: readonly string[];
}

/** An answer that is ready before the body has come. */
export interface ResponseVerdict {
  readonly kind: 'response';
  readonly response: HttpResponse;
  /** Whether only those get it who have authenticated. */
  readonly isPrivate: boolean;
  readonly encoding: BodyEncoding;
  readonly corsHeaders: readonly string[];
}

/** Judges requests by their heads. */
export class HttpRequestHandler {
  readonly #options: HttpRequestHandlerOptions;

  constructor(options: HttpRequestHandlerOptions) {
    this.#options = options;
  }

  check(head: HttpHead): HttpVerdict {
    const { method, headers } = head;
    const path = pathOf(head.target);
    const corsHeaders = this.#options.cors?.headers(headers) ?? [];
    const say = (response: HttpResponse, encoding: BodyEncoding = 'text', isPrivate = false): ResponseVerdict => ({
      kind: 'response',
      response,
      isPrivate,
      encoding,
      corsHeaders,
    });
    const signal = this.#options.routes.get(path);
    if (signal === undefined) return say(this.#respondElsewhere(method, path));
    const preflight = method === 'OPTIONS' ? this.#options.cors?.preflight(headers) : undefined;
    if (preflight !== undefined) return { ...say({ status: 204, headers: preflight, body: NOTHING }), corsHeaders: [] };
    if (method !== 'POST') {
      const errorMessage = rejection('wrong_method', `expected POST to ${path}, got ${printable(method)}`);
      return say(httpResponseForRejection(errorMessage, 'text', ['allow', this.#allowed()]));
    }
    const encoding = encodingOf(headerValue(headers, 'content-type'));
    const compression = compressionOfName(headerValue(headers, 'content-encoding'));
    if (encoding === undefined || compression === undefined || !isAvailable(compression)) {
      const errorMessage = encoding === undefined ? unknownType(headers) : unknownCoding(headers);
      return say(httpResponseForRejection(errorMessage, encoding ?? 'json', ACCEPT), encoding ?? 'json', true);
    }
    return { kind: 'export', signal, encoding, compression, corsHeaders };
  }

  /** Who has sent the request, or the answer to nobody in particular. */
  authenticate(headers: RequestHeaders, encoding: BodyEncoding): Sender | HttpResponse {
    const { auth } = this.#options;
    if (auth === undefined) return ANYBODY;
    const result = auth.authenticate(headers);
    if (result.kind === 'authenticated') return { subject: result.subject };
    return httpResponseForRejection(rejection('unauthenticated', result.reason), encoding, [
      'www-authenticate',
      auth.challenge,
    ]);
  }

  /** What speaks against a body of this length. */
  checkLength(contentLength: number | undefined): Rejection | undefined {
    const { maxBodyBytes } = this.#options;
    return contentLength !== undefined && contentLength > maxBodyBytes ? tooLarge('a body', maxBodyBytes) : undefined;
  }

  /** A person with a browser gets to know what this is; everything else is not found. */
  #respondElsewhere(method: string, path: string): HttpResponse {
    const paths = [...this.#options.routes.keys()].join(', ');
    if (path !== '/' || (method !== 'GET' && method !== 'HEAD')) {
      return httpResponseForRejection(
        rejection('not_found', `expected one of the paths ${paths}, got ${printable(path)}`),
        'text',
      );
    }
    const body = Buffer.from(`This is an OpenTelemetry receiver: send OTLP over HTTP by POST to ${paths}.\n`);
    const headers = ['content-type', 'text/plain; charset=utf-8', 'content-length', String(body.length)];
    return { status: 200, headers, body };
  }

  #allowed(): string {
    return this.#options.cors === undefined ? 'POST' : 'POST, OPTIONS';
  }
}

/** The sender as authentication has established it. */
export interface Sender {
  readonly subject: string | undefined;
}

const ANYBODY: Sender = { subject: undefined };
const NOTHING = new Uint8Array(0);
const ACCEPT: readonly string[] = ['accept-encoding', 'gzip, deflate, zstd, br'];

function isAvailable(compression: Compression): boolean {
  return compression === 'none' || isSupported(compression);
}

function unknownType(headers: RequestHeaders): Rejection {
  const type = headerValue(headers, 'content-type');
  const got = type === undefined ? 'none' : printable(type);
  return rejection('unsupported', `content-type: expected application/x-protobuf or application/json, got ${got}`);
}

function unknownCoding(headers: RequestHeaders): Rejection {
  const got = printable(headerValue(headers, 'content-encoding') ?? '');
  return rejection('unsupported', `content-encoding: expected one of identity, gzip, deflate, zstd, br, got ${got}`);
}

function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  // RFC 9112, 3.2.2: servers take the absolute form too.
  return path.startsWith('/') || !URL.canParse(path) ? path : new URL(path).pathname;
}

function encodingOf(type: string | undefined): OtlpEncoding | undefined {
  if (type === undefined) return undefined;
  return ENCODINGS.get(type) ?? ENCODINGS.get((type.split(';', 1)[0] ?? '').trim().toLowerCase());
}

const ENCODINGS: ReadonlyMap<string, OtlpEncoding> = new Map([
  ['application/x-protobuf', 'protobuf'],
  ['application/protobuf', 'protobuf'],
  ['application/json', 'json'],
]);
