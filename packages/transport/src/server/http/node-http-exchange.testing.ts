import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ExportHandler } from '../../contract.ts';
import { expandBody, type ReadBody } from '../decompress-body.ts';
import { InFlight } from '../drain.ts';
import type { IncomingRequests } from '../incoming-requests.ts';
import {
  type BodyEncoding,
  type HttpResponse,
  httpResponseForOutcome,
  httpResponseForRejection,
  rejectionForAdmission,
} from '../outcome-mapping.ts';
import { INTERNAL, type Rejection } from '../rejection.ts';
import { createSource } from '../request-source.ts';
import { type HttpBody, openBody } from './body.ts';
import type { ExportVerdict, HttpRequestHandler } from './request-handler.ts';

/** What the server knows when a request arrives. */
export interface ExchangeContext {
  readonly requestHandler: HttpRequestHandler;
  /** Requests whose bodies are arriving. */
  readonly incoming: IncomingRequests;
  readonly maxBodyBytes: number;
  readonly maxDecompressedBytes: number;
  /** Whether a connection serves more than one request. */
  readonly keepAlive: boolean;
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
    const exchange = new NodeExchange(context, request, response, isLast);
    exchange.run(handler, expectant).catch((error: unknown) => {
      context.onInternalError(error);
      exchange.respondWithRejection(INTERNAL);
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

/** One request and its answer. */
class NodeExchange {
  readonly #context: ExchangeContext;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #isLast: () => boolean;
  #encoding: BodyEncoding = 'text';
  #corsHeaders: readonly string[] = [];

  constructor(context: ExchangeContext, request: IncomingMessage, response: ServerResponse, isLast: () => boolean) {
    this.#context = context;
    this.#request = request;
    this.#response = response;
    this.#isLast = isLast;
  }

  async run(handler: ExportHandler, expectant: boolean): Promise<void> {
    const { requestHandler: door } = this.#context;
    const { headers, method = '', url = '' } = this.#request;
    const verdict = door.check({ method, target: url, headers });
    this.#corsHeaders = verdict.corsHeaders;
    this.#encoding = verdict.encoding;
    if (verdict.kind === 'response' && !verdict.isPrivate) return this.#respond(verdict.response);
    const sender = door.authenticate(headers, verdict.encoding);
    if ('status' in sender) return this.#respond(sender);
    if (verdict.kind === 'response') return this.#respond(verdict.response);
    const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
    const errorMessage = door.checkLength(length);
    if (errorMessage !== undefined) return this.respondWithRejection(errorMessage);
    const body = openBody({
      incoming: this.#context.incoming,
      admit: (sizeBytes) => handler.admit(sizeBytes),
      source: createSource(this.#request.socket.remoteAddress),
      contentLength: length,
      bytesAtHand: 0,
      maxBytes: this.#context.maxBodyBytes,
      end: (rejection) => {
        this.#write(httpResponseForRejection(rejection, this.#encoding));
        this.#request.socket.destroySoon();
      },
    });
    if ('kind' in body) return this.respondWithRejection(rejectionForAdmission(body));
    try {
      if (expectant) this.#response.writeContinue();
      const read = await this.#readBody(verdict, body);
      if (read === undefined) return;
      if (read.kind === 'rejection') return this.respondWithRejection(read.rejection);
      const { signal, encoding } = verdict;
      const outcome = await handler.export({
        signal,
        encoding,
        body: read.body,
        headers,
        subject: sender.subject,
        transport: 'http',
      });
      this.#write(httpResponseForOutcome(outcome, encoding, signal));
    } finally {
      body.abandon();
    }
  }

  /** Answers with a fault, unless the answer has begun. */
  respondWithRejection(errorMessage: Rejection): void {
    this.#respond(httpResponseForRejection(errorMessage, this.#encoding));
  }

  /** The body, a fault to answer, or `undefined` when the client has left. */
  async #readBody({ compression }: ExportVerdict, body: HttpBody): Promise<ReadBody | undefined> {
    const { maxDecompressedBytes } = this.#context;
    try {
      for await (const chunk of this.#request.iterator({ destroyOnReturn: false })) {
        const errorMessage = body.take(chunk, 0, chunk.length);
        if (errorMessage !== undefined) return { kind: 'rejection', rejection: errorMessage };
      }
    } catch {
      return undefined;
    }
    const bytes = body.finish();
    if (compression === 'none') return { kind: 'body', body: bytes };
    return expandBody(bytes, compression, maxDecompressedBytes, body.admission);
  }

  #respond(response: HttpResponse): void {
    this.#write(response);
    if (!this.#request.complete) this.#discardRest();
  }

  #write({ status, headers, body }: HttpResponse): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    const last = this.#isLast() ? ['connection', 'close'] : [];
    // `writeHead` only reads the list; its type lacks `readonly`.
    this.#response.writeHead(status, [...headers, ...this.#corsHeaders, ...last]).end(body);
  }

  /**
   * Throws away what is still to come of a request that has been answered, so that the connection can serve the next one
   * and the client, which may not read before it has written, sees the answer.
   */
  #discardRest(): void {
    let discarded = 0;
    this.#request.on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > this.#context.maxBodyBytes) this.#request.socket.destroy();
    });
    this.#request.resume();
  }
}
