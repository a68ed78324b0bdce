import type { Signal, TagWriter } from '@otelier/otlp';
import type { SendOutcome } from '../delivery/contract.ts';
import type { Envelope } from '../delivery/envelope.ts';
import type { Deliverable } from '../delivery/pending-request.ts';
import type { ScopeBuffer } from '../delivery/scope-buffer.ts';
import type { Resource } from '../resource.ts';
import type { Scope } from '../scope.ts';

/** A span, log record or metric built with method calls. */
export interface Item {
  readonly signal: Signal;
  /** 1, or the number of points for a metric. */
  readonly itemCount: number;
  /** Writes the item as an `ITEM` field of its scope. Must not throw. */
  write(writer: TagWriter): void;
  readonly recorder: ItemRecorder;
}

/** The methods of `Client` that a recorder calls. */
export interface ItemClient {
  readonly resource: Resource;
  scopeBuffer(signal: Signal, envelope: Envelope): ScopeBuffer;
  deliver(request: Deliverable): Promise<SendOutcome>;
}

/**
 * Records and sends items on behalf of a client. Items hold a reference to it so that applications without items do not
 * bundle its code.
 */
export interface ItemRecorder {
  record(client: ItemClient, item: Item, scope: Scope | undefined): void;
  send(client: ItemClient, items: readonly Item[], scope: Scope | undefined): Promise<SendOutcome>;
}
