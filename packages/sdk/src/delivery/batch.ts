import type { Signal } from '@otelier/otlp';
import type { ScopeBuffer } from './scope-buffer.ts';

/** Items of one signal from all scopes that will form a request. */
export interface Batch {
  readonly signal: Signal;
  readonly scopeBuffers: ScopeBuffer[];
  items: number;
  bytes: number;
}
