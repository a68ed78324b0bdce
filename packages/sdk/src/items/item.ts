import type { Signal } from '@otelier/otlp';
import type { Client } from '../client/client.ts';
import type { SendOutcome } from '../delivery/contract.ts';
import type { Scope } from '../scope.ts';
import type { Writer } from '../wire/writer.ts';

/** A span, log record or metric that a program has put together. */
export interface Item {
  readonly signal: Signal;
  /** 1, or the number of a metric's points. */
  readonly itemCount: number;
  /** Writes it as an item of its scope: the field `ITEM`. Must not throw. */
  write(writer: Writer): void;
  readonly door: ItemRecorder;
}

/** How items get into a client. They bring it along, so that applications without such items have no code for them. */
export interface ItemRecorder {
  record(client: Client, item: Item, scope: Scope | undefined): void;
  send(client: Client, items: readonly Item[], scope: Scope | undefined): Promise<SendOutcome>;
}
