import type { Signal } from '@otelier/otlp';
import type { Writer } from '../wire/writer.ts';

/** A span, log record or metric that a program has put together. */
export interface Item {
  readonly signal: Signal;
  /** 1, or the number of a metric's points. */
  readonly itemCount: number;
  /** Writes it as an item of its scope: the field `ITEM`. Must not throw. */
  write(writer: Writer): void;
}
