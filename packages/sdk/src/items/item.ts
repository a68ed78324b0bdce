import type { Signal } from '@otelier/otlp';
import type { Client } from '../client/client.ts';
import type { SendOutcome } from '../delivery/contract.ts';
import type { Scope } from '../scope.ts';
import type { Writer } from '../wire/writer.ts';

/** A span, log record or metric created with method calls. */
export interface Item {
  readonly signal: Signal;
  /** 1, or the number of points of a metric. */
  readonly itemCount: number;
  /** Writes the item as the field `ITEM` of its scope. Must not throw. */
  write(writer: Writer): void;
  readonly recorder: ItemRecorder;
}

/** Records and sends items. Items reference it so that applications without items do not bundle its code. */
export interface ItemRecorder {
  record(client: Client, item: Item, scope: Scope | undefined): void;
  send(client: Client, items: readonly Item[], scope: Scope | undefined): Promise<SendOutcome>;
}
