import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { OtlpEncoding, Signal } from '@otelier/otlp';
import type { Authenticator } from '../auth.ts';
import { compressionOfName, isSupported } from '../compression.ts';
import type { Admission, Compression, ExportHandler } from '../contract.ts';
import { expandBody, printable, type ReadBody } from './body.ts';
import type { Cors } from './cors.ts';
import { InFlight } from './drain.ts';
import { type Fault, fault, INTERNAL, tooLarge } from './fault.ts';
import { discardRest, readBody, UNKNOWN_LENGTH_BYTES } from './http-body.ts';
import {
  type BodyEncoding,
  faultOfAdmission,
  type HttpAnswer,
  httpAnswerOfFault,
  httpAnswerOfOutcome,
} from './outcome-mapping.ts';

/** What an OTLP/HTTP server knows when a request arrives. */
export interface ExchangeContext {
  /** Signals by path. */
  readonly routes: ReadonlyMap<string, Signal>;
  readonly maxBodyBytes: number;
  readonly maxDecompressedBytes: number;
  /** Whether a connection serves more than one request. */
  readonly keepAlive: boolean;
  readonly cors: Cors | undefined;
  readonly auth: Authenticator | undefined;
  readonly onInternalError: (error: unknown) => void;
}

/** Serves requests and counts those in flight. */
export interface Exchanges {
  readonly serve: RequestListener;
  /** For clients that ask before they send a body (`Expect: 100-continue`): they are answered before it comes. */
  readonly serveExpectant: RequestListener;
  /** The next answer ends its connection; `false` when nothing is in flight. */
  endOneConnection(): boolean;
  /** Resolves once nothing is in flight, or after `graceMillis`. From now on every answer ends its connection. */
  drained(graceMillis: number): Promise<void>;
}

/** Makes the listener of requests. */
export function createExchanges(context: ExchangeContext, handler: ExportHandler): Exchanges {
  const inFlight = new InFlight();
  let draining = false;
  let endings = 0;
  let current = 0;
  const isLast = () => {
    if (draining || !context.keepAlive) return true;
    if (endings === 0) return false;
    endings--;
    return true;
  };

  const serve = (request: IncomingMessage, response: ServerResponse, expectant: boolean) => {
    inFlight.begin();
    current++;
    response.on('close', () => {
      inFlight.end();
      current--;
    });
    const exchange = new Exchange(context, request, response, isLast);
    exchange.run(handler, expectant).catch((error: unknown) => {
      context.onInternalError(error);
      exchange.answerFault(INTERNAL);
    });
  };
  return {
    serve: (request, response) => serve(request, response, false),
    serveExpectant: (request, response) => serve(request, response, true),
    endOneConnection() {
      if (endings >= current) return false;
      endings++;
      return true;
    },
    drained(graceMillis) {
      draining = true;
      return inFlight.idle(graceMillis);
    },
  };
}

/** What the head of an acceptable request says. */
interface Head {
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  readonly compression: Compression;
  readonly contentLength: number | undefined;
  readonly subject: string | undefined;
}

/** One request and its answer. */
class Exchange {
  readonly #context: ExchangeContext;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #isLast: () => boolean;
  #bodyEncoding: BodyEncoding = 'text';

  constructor(context: ExchangeContext, request: IncomingMessage, response: ServerResponse, isLast: () => boolean) {
    this.#context = context;
    this.#request = request;
    this.#response = response;
    this.#isLast = isLast;
  }

  async run(handler: ExportHandler, expectant: boolean): Promise<void> {
    const head = this.#readHead();
    if (head === undefined) return;
    const admission = handler.admit(head.contentLength ?? UNKNOWN_LENGTH_BYTES);
    if ('kind' in admission) return this.answerFault(faultOfAdmission(admission));
    try {
      if (expectant) this.#response.writeContinue();
      const read = await this.#readBody(head, admission);
      if (read.kind === 'gone') return;
      if (read.kind === 'fault') return this.answerFault(read.fault);
      const outcome = await handler.export({
        signal: head.signal,
        encoding: head.encoding,
        body: read.body,
        headers: this.#request.headers,
        subject: head.subject,
        transport: 'http',
      });
      this.#write(httpAnswerOfOutcome(outcome, head.encoding, head.signal));
    } finally {
      admission.release();
    }
  }

  /** Answers with a fault, unless the answer has begun. */
  answerFault(problem: Fault, more: readonly string[] = []): undefined {
    this.#write(httpAnswerOfFault(problem, this.#bodyEncoding, more));
    if (!this.#request.complete) discardRest(this.#request, this.#context.maxBodyBytes);
  }

  /** Judges a request by its head; answers it and returns nothing when it is no acceptable export. */
  #readHead(): Head | undefined {
    const { method, headers } = this.#request;
    const path = pathOf(this.#request.url ?? '');
    const signal = this.#context.routes.get(path);
    if (signal === undefined) return this.#answerElsewhere(path);
    if (method === 'OPTIONS' && this.#answerPreflight()) return;
    if (method !== 'POST') {
      return this.answerFault(fault('wrong_method', `expected POST to ${path}, got ${method}`), [
        'allow',
        this.#allowed(),
      ]);
    }
    const encoding = encodingOf(headers['content-type']);
    this.#bodyEncoding = encoding ?? 'json';
    const auth = this.#context.auth?.authenticate(headers);
    if (auth?.kind === 'unauthenticated') {
      const challenge = this.#context.auth?.challenge ?? '';
      return this.answerFault(fault('unauthenticated', auth.reason), ['www-authenticate', challenge]);
    }
    const compression = compressionOfName(headers['content-encoding']);
    const contentLength = lengthOf(headers['content-length']);
    const problem = this.#problemOfHead(encoding, compression, contentLength);
    if (problem !== undefined) return this.answerFault(problem, problem.kind === 'unsupported' ? ACCEPT : []);
    if (encoding === undefined || compression === undefined) return;
    return { signal, encoding, compression, contentLength, subject: auth?.subject };
  }

  #problemOfHead(
    encoding: BodyEncoding | undefined,
    compression: Compression | undefined,
    contentLength: number | undefined,
  ): Fault | undefined {
    const { headers } = this.#request;
    if (encoding === undefined) {
      const got = headers['content-type'] === undefined ? 'none' : printable(headers['content-type']);
      return fault('unsupported', `content-type: expected application/x-protobuf or application/json, got ${got}`);
    }
    if (compression === undefined || (compression !== 'none' && !isSupported(compression))) {
      const got = printable(headers['content-encoding'] ?? '');
      return fault('unsupported', `content-encoding: expected one of ${ACCEPTED_CODINGS}, got ${got}`);
    }
    if (contentLength !== undefined && contentLength > this.#context.maxBodyBytes) {
      return tooLarge('a body', this.#context.maxBodyBytes);
    }
    return undefined;
  }

  async #readBody(head: Head, admission: Admission): Promise<ReadBody> {
    const { maxBodyBytes, maxDecompressedBytes } = this.#context;
    const read = await readBody(this.#request, head.contentLength, maxBodyBytes, admission);
    if (read.kind !== 'body' || head.compression === 'none') return read;
    return expandBody(read.body, head.compression, maxDecompressedBytes, admission);
  }

  /** A person with a browser gets to know what this is; everything else is not found. */
  #answerElsewhere(path: string): undefined {
    const paths = [...this.#context.routes.keys()].join(', ');
    if (path === '/' && (this.#request.method === 'GET' || this.#request.method === 'HEAD')) {
      const body = Buffer.from(`This is an OpenTelemetry receiver: send OTLP over HTTP by POST to ${paths}.\n`);
      const headers = ['content-type', 'text/plain; charset=utf-8', 'content-length', String(body.length)];
      return this.#write({ status: 200, headers, body });
    }
    return this.answerFault(fault('not_found', `expected one of the paths ${paths}, got ${printable(path)}`));
  }

  #answerPreflight(): boolean {
    const headers = this.#context.cors?.preflight(this.#request.headers);
    if (headers === undefined) return false;
    this.#response.writeHead(204, [...headers]).end();
    return true;
  }

  #allowed(): string {
    return this.#context.cors === undefined ? 'POST' : 'POST, OPTIONS';
  }

  #write({ status, headers, body }: HttpAnswer): undefined {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    const more = this.#context.cors?.headers(this.#request.headers) ?? [];
    const last = this.#isLast() ? ['connection', 'close'] : [];
    const all = more.length + last.length === 0 ? headers : [...headers, ...more, ...last];
    // `writeHead` only reads the list; its type lacks `readonly`.
    this.#response.writeHead(status, all as string[]).end(body);
  }
}

const ACCEPTED_CODINGS = 'identity, gzip, deflate, zstd, br';
const ACCEPT: readonly string[] = ['accept-encoding', 'gzip, deflate, zstd, br'];

function pathOf(url: string): string {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  // RFC 9112, 3.2.2: servers take the absolute form too.
  return path.startsWith('/') || !URL.canParse(path) ? path : new URL(path).pathname;
}

function encodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  if (contentType === undefined) return undefined;
  return ENCODINGS.get(contentType) ?? ENCODINGS.get((contentType.split(';', 1)[0] ?? '').trim().toLowerCase());
}

const ENCODINGS: ReadonlyMap<string, OtlpEncoding> = new Map([
  ['application/x-protobuf', 'protobuf'],
  ['application/protobuf', 'protobuf'],
  ['application/json', 'json'],
]);

function lengthOf(header: string | undefined): number | undefined {
  return header === undefined ? undefined : Number(header);
}
