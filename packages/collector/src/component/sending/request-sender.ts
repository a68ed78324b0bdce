import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Sender } from '../contract.ts';

/** A part of a batch that is sent at once. */
export interface OutgoingRequest {
  readonly itemCount: number;
}

/** A batch as requests, and the items that the protocol cannot represent. */
export interface EncodedBatch<Request extends OutgoingRequest> {
  readonly requests: readonly Request[];
  readonly rejectedItems: number;
  /** Why items were rejected. */
  readonly reason: string;
}

/** Options for `createRequestSender`. */
export interface RequestSenderOptions<Request extends OutgoingRequest> {
  /** The client, which opens and closes connections. */
  readonly client: { start(): void; close(): void };
  /** Encodes a batch, once, however often it is sent. */
  encode(batch: Batch): EncodedBatch<Request> | Promise<EncodedBatch<Request>>;
  /** Sends a request. */
  send(request: Request, batch: Batch, abort: AbortSignal): Promise<Outcome>;
}

/**
 * Creates a sender that encodes each batch to requests, and sends them in order. When a batch is sent again, it continues
 * after those that were accepted or refused. A refused request rejects its items only.
 */
export function createRequestSender<Request extends OutgoingRequest>(options: RequestSenderOptions<Request>): Sender {
  const { client, encode, send } = options;
  const progress = new WeakMap<Batch, Progress<Request>>();
  return {
    async start() {
      client.start();
    },
    async send(batch, abort, onUnused) {
      const current = progress.get(batch) ?? { ...(await encode(batch)), done: 0, acceptedItems: 0 };
      progress.set(batch, current);
      onUnused();
      for (;;) {
        const request = current.requests[current.done];
        if (request === undefined) return outcomeOf(current);
        const outcome = await send(request, batch, abort);
        if (outcome.kind === 'retry') return outcome;
        record(current, request, outcome);
      }
    },
    async shutdown() {
      client.close();
    },
  };
}

/** How far the requests of a batch are sent. */
interface Progress<Request> {
  readonly requests: readonly Request[];
  done: number;
  acceptedItems: number;
  rejectedItems: number;
  reason: string;
}

function record<Request extends OutgoingRequest>(
  progress: Progress<Request>,
  { itemCount }: Request,
  outcome: Exclude<Outcome, { kind: 'retry' }>,
): void {
  progress.done += 1;
  const rejected = rejectedOf(outcome, itemCount);
  progress.acceptedItems += itemCount - rejected;
  if (outcome.kind === 'accepted') return;
  if (progress.rejectedItems === 0) progress.reason = outcome.reason;
  progress.rejectedItems += rejected;
}

function rejectedOf(outcome: Exclude<Outcome, { kind: 'retry' }>, itemCount: number): number {
  if (outcome.kind === 'accepted') return 0;
  return outcome.kind === 'refused' ? itemCount : Math.min(outcome.rejectedItems, itemCount);
}

function outcomeOf({ acceptedItems, rejectedItems, reason }: Progress<unknown>): Outcome {
  if (rejectedItems === 0) return ACCEPTED;
  return acceptedItems === 0 ? { kind: 'refused', reason } : { kind: 'partial', rejectedItems, reason };
}
