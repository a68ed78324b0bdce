import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ExportHandler } from '../../contract.ts';
import { decompressBody, type ReadBody } from '../decompress-body.ts';
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

/** Dependencies of a server's exchanges. */
export interface ExchangeContext {
  readonly requestHandler: HttpRequestHandler;
  /** Requests whose bodies are still being received. */
  readonly incoming: IncomingRequests;
  readonly maxBodyBytes: number;
  readonly maxDecompressedBytes: number;
  /** Whether a connection can serve more than one request. */
  readonly keepAlive: boolean;
  readonly onInternalError: (error: unknown) => void;
}

/** Serves requests and counts those in flight. */
export interface Exchanges {
  readonly serve: RequestListener;
  /** Serves requests with `Expect: 100-continue`, which may be responded to before the body is sent. */
  readonly serveExpectant: RequestListener;
  /** Closes a connection after its next response. Returns `false` if no request is in flight. */
  endOneConnection(): boolean;
  /**
   * Resolves when no request is in flight, or after `graceMillis`. From the call on, every response closes its
   * connection.
   */
  drained(graceMillis: number): Promise<void>;
}

/** Creates the request listeners. */
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

/** A request and its response. */
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
    const { requestHandler } = this.#context;
    const { headers, method = '', url = '' } = this.#request;
    const head = { method, target: url, headers };
    const verdict = requestHandler.check(head);
    this.#corsHeaders = verdict.corsHeaders;
    this.#encoding = verdict.encoding;
    if (verdict.kind === 'response' && !verdict.isPrivate) return this.#respond(verdict.response);
    const source = createSource(this.#request.socket.remoteAddress);
    const sender = requestHandler.authenticate(head, source, verdict.encoding);
    if ('status' in sender) return this.#respond(sender);
    if (verdict.kind === 'response') return this.#respond(verdict.response);
    const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
    const tooLong = requestHandler.checkLength(length);
    if (tooLong !== undefined) return this.respondWithRejection(tooLong);
    const body = openBody({
      incoming: this.#context.incoming,
      admit: (sizeBytes) => handler.admit(sizeBytes),
      source: createSource(this.#request.socket.remoteAddress),
      contentLength: length,
      bufferedBytes: 0,
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
        tenant: sender.tenant,
        transport: 'http',
      });
      this.#write(httpResponseForOutcome(outcome, encoding, signal));
    } finally {
      body.abandon();
    }
  }

  /** Responds with a rejection, unless a response has already begun. */
  respondWithRejection(rejection: Rejection): void {
    this.#respond(httpResponseForRejection(rejection, this.#encoding));
  }

  /** Returns the body, a rejection, or `undefined` if the client has disconnected. */
  async #readBody({ compression }: ExportVerdict, body: HttpBody): Promise<ReadBody | undefined> {
    const { maxDecompressedBytes } = this.#context;
    try {
      for await (const chunk of this.#request.iterator({ destroyOnReturn: false })) {
        const rejection = body.append(chunk, 0, chunk.length);
        if (rejection !== undefined) return { kind: 'rejection', rejection };
      }
    } catch {
      return undefined;
    }
    const bytes = body.finish();
    if (compression === 'none') return { kind: 'body', body: bytes };
    return decompressBody(bytes, compression, maxDecompressedBytes, body.admission);
  }

  #respond(response: HttpResponse): void {
    this.#write(response);
    if (!this.#request.complete) this.#discardRest();
  }

  #write({ status, headers, body }: HttpResponse): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    const last = this.#isLast() ? ['connection', 'close'] : [];
    // `writeHead` only reads the list, but its type lacks `readonly`.
    this.#response.writeHead(status, [...headers, ...this.#corsHeaders, ...last]).end(body);
  }

  /**
   * Discards the rest of a request that already has a response, so that the connection can serve the next request, and
   * so that a client that writes before it reads receives the response.
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
