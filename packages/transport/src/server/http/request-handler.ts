import type { OtlpEncoding, Signal } from '@otelier/otlp';
import type { Authenticator, RequestHeaders } from '../../auth.ts';
import { compressionOfName, isSupported } from '../../compression/compression.ts';
import type { Compression } from '../../contract.ts';
import { printable } from '../decompress-body.ts';
import { type BodyEncoding, type HttpResponse, httpResponseForRejection } from '../outcome-mapping.ts';
import { type Rejection, rejection, tooLarge } from '../rejection.ts';
import type { RequestSource } from '../request-source.ts';
import type { Cors } from './cors.ts';
import { headerValue } from './header-value.ts';

/** Options for `HttpRequestHandler`. */
export interface HttpRequestHandlerOptions {
  /** Signals by path. */
  readonly routes: ReadonlyMap<string, Signal>;
  readonly maxBodyBytes: number;
  readonly maxDecompressedBytes: number;
  readonly cors: Cors | undefined;
  readonly auth: Authenticator | undefined;
}

/** The parsed head of a request. */
export interface HttpHead {
  readonly method: string;
  /** Request target as received: a path or an absolute URL. */
  readonly target: string;
  readonly headers: RequestHeaders;
}

/**
 * The decision about a request based on its head: an `export`, or an immediate `response`. Equal heads have equal
 * verdicts, so verdicts can be cached. The sender (`authenticate`) and the length (`checkLength`) are checked for every
 * request.
 */
export type HttpVerdict = ExportVerdict | ResponseVerdict;

/** An export whose body has yet to be received. */
export interface ExportVerdict {
  readonly kind: 'export';
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  readonly compression: Compression;
  readonly corsHeaders: readonly string[];
}

/** A response that does not depend on the body. */
export interface ResponseVerdict {
  readonly kind: 'response';
  readonly response: HttpResponse;
  /** Whether only authenticated clients may receive it. */
  readonly isPrivate: boolean;
  readonly encoding: BodyEncoding;
  readonly corsHeaders: readonly string[];
}

/** Decides how to handle requests based on their heads. */
export class HttpRequestHandler {
  readonly #options: HttpRequestHandlerOptions;

  constructor(options: HttpRequestHandlerOptions) {
    this.#options = options;
  }

  check(head: HttpHead): HttpVerdict {
    const { method, headers } = head;
    const path = pathOf(head.target);
    const corsHeaders = this.#options.cors?.headers(headers) ?? [];
    const respond = (response: HttpResponse, encoding: BodyEncoding = 'text', isPrivate = false): ResponseVerdict => ({
      kind: 'response',
      response,
      isPrivate,
      encoding,
      corsHeaders,
    });
    const signal = this.#options.routes.get(path);
    if (signal === undefined) return respond(this.#respondToOtherPath(method, path));
    const preflight = method === 'OPTIONS' ? this.#options.cors?.preflight(headers) : undefined;
    if (preflight !== undefined)
      return { ...respond({ status: 204, headers: preflight, body: EMPTY }), corsHeaders: [] };
    if (method !== 'POST') {
      const wrongMethod = rejection('wrong_method', `expected POST to ${path}, got ${printable(method)}`);
      return respond(httpResponseForRejection(wrongMethod, 'text', ['allow', this.#allowed()]));
    }
    const encoding = encodingOf(headerValue(headers, 'content-type'));
    const compression = compressionOfName(headerValue(headers, 'content-encoding'));
    if (encoding === undefined || compression === undefined || !isAvailable(compression)) {
      const unsupported = encoding === undefined ? unknownType(headers) : unknownCoding(headers);
      return respond(httpResponseForRejection(unsupported, encoding ?? 'json', ACCEPT), encoding ?? 'json', true);
    }
    return { kind: 'export', signal, encoding, compression, corsHeaders };
  }

  /** Returns the path of a request if it is one of this server. */
  routeOf({ target }: HttpHead): string | undefined {
    const path = pathOf(target);
    return this.#options.routes.has(path) ? path : undefined;
  }

  /** Returns the sender of a request, or the response if it is not authenticated. */
  authenticate({ headers, target }: HttpHead, source: RequestSource, encoding: BodyEncoding): Sender | HttpResponse {
    const { auth } = this.#options;
    if (auth === undefined) return ANONYMOUS;
    const result = auth.authenticate(headers, source.address, source, target);
    if (result.kind === 'authenticated') return result;
    const challenge = result.kind === 'unauthenticated' ? ['www-authenticate', auth.challenge] : [];
    const { kind, reason, afterMillis, closesConnection: isLast = false } = result;
    return { ...httpResponseForRejection(rejection(kind, reason, afterMillis), encoding, challenge), isLast };
  }

  /** Returns a rejection if the body is too long. */
  checkLength(contentLength: number | undefined): Rejection | undefined {
    const { maxBodyBytes } = this.#options;
    return contentLength !== undefined && contentLength > maxBodyBytes ? tooLarge('a body', maxBodyBytes) : undefined;
  }

  /** Describes the receiver to users who open it in a browser. Every other path is not found. */
  #respondToOtherPath(method: string, path: string): HttpResponse {
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

/** The authenticated sender of a request. */
export interface Sender {
  readonly subject: string | undefined;
  readonly tenant?: string | undefined;
}

const ANONYMOUS: Sender = { subject: undefined, tenant: undefined };
const EMPTY = new Uint8Array(0);
const CODINGS = 'gzip, deflate, zstd, br, snappy, x-snappy-framed, lz4';
const ACCEPT: readonly string[] = ['accept-encoding', CODINGS];

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
  return rejection('unsupported', `content-encoding: expected one of identity, ${CODINGS}, got ${got}`);
}

function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  // RFC 9112, 3.2.2: servers also accept the absolute form.
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
