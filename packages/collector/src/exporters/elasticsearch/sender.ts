import type { Agent } from 'node:http';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { type Clock, compress } from '@otelier/transport';
import type { Sender } from '../../component/contract.ts';
import type { Authorize } from '../../component/fields/client-auth.ts';
import { httpRequest } from '../../component/http/http-request.ts';
import { createKeepAliveAgent, type KeepAliveOptions } from '../../component/http/keep-alive-agent.ts';
import { responseReason } from '../../component/http/response-reason.ts';
import { unreachableOutcome } from '../../component/sending/unreachable.ts';
import { VERSION } from '../../component/version.ts';
import type { BulkDocument, EncodedDocuments } from './bulk-documents.ts';
import { type BulkResult, parseBulkResponse } from './bulk-response.ts';

/** Options for `BulkSender`. */
export interface BulkSenderOptions extends KeepAliveOptions {
  readonly urls: readonly URL[];
  readonly query: Readonly<Record<string, string>>;
  readonly compressionLevel: number | undefined;
  readonly maxRequestBytes: number;
  readonly retry: {
    readonly isEnabled: boolean;
    readonly maxRetries: number;
    readonly initialMillis: number;
    readonly maxMillis: number;
    readonly statuses: readonly number[];
  };
  readonly ignoresConflicts: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Encodes the items of a batch as documents. */
  encode(batch: Batch): EncodedDocuments;
  createAuthorize(): Authorize | undefined;
}

/** The documents of a batch that are not indexed yet, when the batch is sent again. */
interface PendingDocuments {
  documents: readonly BulkDocument[];
  acceptedItems: number;
  rejectedItems: number;
  reason: string;
}

/** Why the rest of a batch has to be sent again, or that it is done. */
type Progress = { readonly kind: 'done' } | Extract<Outcome, { kind: 'retry' | 'refused' }>;

/** The documents of a request that failed for now, or why the request failed. */
type ChunkResult =
  | { readonly kind: 'sent'; readonly failed: readonly BulkDocument[]; readonly reason: string }
  | Extract<Outcome, { kind: 'retry' | 'refused' }>;

type RequestResult =
  | { readonly kind: 'results'; readonly results: readonly BulkResult[] }
  | { readonly kind: 'tooLarge' }
  | Extract<Outcome, { kind: 'retry' | 'refused' }>;

const MAX_RESPONSE_BYTES = 64 << 20;
const CONFLICT = 409;
const TOO_LARGE = 413;

/** Sends batches as bulk requests. Documents that failed for now are sent again alone. */
export class BulkSender implements Sender {
  readonly #options: BulkSenderOptions;
  readonly #pending = new WeakMap<Batch, PendingDocuments>();
  #agents: readonly Agent[] = [];
  #authorize: Authorize | undefined;
  #next = 0;

  constructor(options: BulkSenderOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { urls, createAuthorize } = this.#options;
    if (urls.length === 0) throw new Error('expected endpoint, endpoints, cloudid or ELASTICSEARCH_URL, got nothing');
    this.#authorize = createAuthorize();
    this.#agents = urls.map((url) => createKeepAliveAgent(url, this.#options));
  }

  async send(batch: Batch, abort: AbortSignal, onUnused: () => void): Promise<Outcome> {
    const pending = this.#pending.get(batch) ?? { ...this.#options.encode(batch), acceptedItems: 0 };
    this.#pending.set(batch, pending);
    onUnused();
    const { isEnabled, maxRetries, initialMillis, maxMillis } = this.#options.retry;
    for (let attempt = 1; ; attempt++) {
      const progress = await this.#sendAll(pending, batch, abort);
      if (progress.kind === 'done') return outcomeOf(pending);
      if (progress.kind === 'refused') {
        if (pending.acceptedItems === 0) return progress;
        reject(pending, pending.documents, progress.reason);
        return outcomeOf(pending);
      }
      if (!isEnabled || attempt > maxRetries || abort.aborted || progress.unreachable === true) return progress;
      const millis = Math.min(initialMillis * 2 ** (attempt - 1), maxMillis);
      await this.#wait(millis * (0.5 + this.#options.random() / 2), abort);
    }
  }

  async shutdown(): Promise<void> {
    for (const agent of this.#agents) agent.destroy();
  }

  /** Sends the documents that are left, in requests of limited size. */
  async #sendAll(pending: PendingDocuments, batch: Batch, abort: AbortSignal): Promise<Progress> {
    const failed: BulkDocument[] = [];
    let reason = '';
    for (const chunk of chunksOf(pending.documents, this.#options.maxRequestBytes)) {
      const result = await this.#sendChunk(chunk, pending, batch, abort);
      if (result.kind !== 'sent') {
        // What is not sent yet, and what failed before, is left.
        const after = pending.documents.slice(pending.documents.indexOf(chunk[0] as BulkDocument));
        pending.documents = [...failed, ...after];
        return result;
      }
      failed.push(...result.failed);
      if (result.failed.length > 0) reason = result.reason;
    }
    pending.documents = failed;
    return failed.length === 0 ? { kind: 'done' } : { kind: 'retry', afterMillis: undefined, reason };
  }

  /** Sends a request, in halves if the server finds it too large. */
  async #sendChunk(
    chunk: readonly BulkDocument[],
    pending: PendingDocuments,
    batch: Batch,
    abort: AbortSignal,
  ): Promise<ChunkResult> {
    const response = await this.#request(chunk, batch, abort);
    if (response.kind === 'retry' || response.kind === 'refused') return response;
    if (response.kind === 'results') return this.#sort(chunk, response.results, pending);
    if (chunk.length === 1) return { kind: 'refused', reason: 'the server responded 413: the document is too large' };
    const failed: BulkDocument[] = [];
    let reason = '';
    const half = chunk.length >> 1;
    for (const part of [chunk.slice(0, half), chunk.slice(half)]) {
      const result = await this.#sendChunk(part, pending, batch, abort);
      if (result.kind === 'refused') {
        reject(pending, part, result.reason);
        continue;
      }
      failed.push(...(result.kind === 'sent' ? result.failed : part));
      reason = result.reason;
    }
    return { kind: 'sent', failed, reason };
  }

  async #request(chunk: readonly BulkDocument[], batch: Batch, abort: AbortSignal): Promise<RequestResult> {
    const authorized = await this.#authorize?.(batch.context, abort);
    if (authorized?.kind === 'retry') return { ...authorized, afterMillis: undefined };
    if (authorized?.kind === 'refused') return authorized;
    let response: Awaited<ReturnType<typeof httpRequest>>;
    try {
      response = await this.#post(chunk, authorized?.headers, abort);
    } catch (error) {
      return unreachableOutcome(error, abort);
    }
    const { status, body } = response;
    if (status === TOO_LARGE) return { kind: 'tooLarge' };
    if (status < 200 || status >= 300) {
      const reason = responseReason(status, body);
      return this.#isTemporary(status)
        ? { kind: 'retry', afterMillis: undefined, reason }
        : { kind: 'refused', reason };
    }
    const results = parseBulkResponse(body);
    return results !== undefined && (results.length === 0 || results.length === chunk.length)
      ? { kind: 'results', results }
      : { kind: 'retry', afterMillis: undefined, reason: 'expected a bulk response, got another body' };
  }

  /** Counts the documents that were indexed or rejected, and returns those that failed for now. */
  #sort(chunk: readonly BulkDocument[], results: readonly BulkResult[], pending: PendingDocuments): ChunkResult {
    const failed: BulkDocument[] = [];
    let reason = '';
    for (const [index, document] of chunk.entries()) {
      const result = results[index] ?? { status: 201, reason: '' };
      const isConflict = result.status === CONFLICT && this.#options.ignoresConflicts;
      if (result.status < 300 || isConflict) pending.acceptedItems += document.itemCount;
      else if (this.#isTemporary(result.status)) {
        failed.push(document);
        reason = result.reason;
      } else reject(pending, [document], result.reason);
    }
    return { kind: 'sent', failed, reason };
  }

  #isTemporary(status: number): boolean {
    return status === 429 || status >= 500 || this.#options.retry.statuses.includes(status);
  }

  async #post(
    chunk: readonly BulkDocument[],
    authorized: Readonly<Record<string, string>> | undefined,
    signal: AbortSignal,
  ) {
    const { urls, query, headers, compressionLevel } = this.#options;
    const position = this.#next++ % urls.length;
    const base = urls[position] as URL;
    const url = new URL(base);
    url.username = '';
    url.password = '';
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/_bulk`;
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const text = Buffer.from(chunk.map(({ lines }) => lines).join(''));
    const body = compressionLevel === undefined ? text : await compress('gzip', [text], compressionLevel);
    return httpRequest(url.href, {
      method: 'POST',
      headers: {
        'user-agent': `otelier/${VERSION}`,
        ...(authorized ?? headers),
        'content-type': 'application/json',
        ...(compressionLevel !== undefined && { 'content-encoding': 'gzip' }),
        'x-elastic-event-count': String(chunk.length),
        'x-elastic-uncompressed-request-length': String(text.length),
      },
      body,
      signal,
      agent: this.#agents[position],
      maxBytes: MAX_RESPONSE_BYTES,
    });
  }

  #wait(millis: number, abort: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        abort.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#options.clock.setTimeout(end, millis);
      abort.addEventListener('abort', end);
      if (abort.aborted) end();
    });
  }
}

function reject(pending: PendingDocuments, documents: readonly BulkDocument[], reason: string): void {
  if (pending.rejectedItems === 0) pending.reason = reason;
  for (const { itemCount } of documents) pending.rejectedItems += itemCount;
}

function outcomeOf({ rejectedItems, reason, acceptedItems }: PendingDocuments): Outcome {
  if (rejectedItems === 0) return ACCEPTED;
  return acceptedItems === 0 ? { kind: 'refused', reason } : { kind: 'partial', rejectedItems, reason };
}

/** Splits documents into runs of about `maxBytes`. */
function* chunksOf(documents: readonly BulkDocument[], maxBytes: number): Generator<readonly BulkDocument[]> {
  let chunk: BulkDocument[] = [];
  let size = 0;
  for (const document of documents) {
    if (chunk.length > 0 && size + document.lines.length > maxBytes) {
      yield chunk;
      chunk = [];
      size = 0;
    }
    chunk.push(document);
    size += document.lines.length;
  }
  if (chunk.length > 0) yield chunk;
}
