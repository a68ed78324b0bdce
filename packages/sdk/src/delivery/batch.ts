import type { Signal } from '@otelier/otlp';
import type { ScopeBuffer } from './scope-buffer.ts';

/** What gathers of one signal, from whatever scopes, until it becomes a request. */
export interface Batch {
  readonly signal: Signal;
  readonly scopeBuffers: ScopeBuffer[];
  items: number;
  bytes: number;
}
