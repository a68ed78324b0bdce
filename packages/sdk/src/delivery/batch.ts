import type { Signal } from '@otelier/otlp';
import type { Lane } from './lane.ts';

/** What gathers of one signal, from whatever scopes, until it becomes a request. */
export interface Batch {
  readonly signal: Signal;
  readonly lanes: Lane[];
  items: number;
  bytes: number;
}
