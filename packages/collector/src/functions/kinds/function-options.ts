import type { Signal } from '@otelier/otlp';

/** The signals whose items functions can process. */
export type FunctionSignal = Exclude<Signal, 'profiles'>;

/** How a function's failures are handled: `ignore` keeps the item unchanged, `drop` drops it, `propagate` refuses the batch. */
export type ErrorMode = 'ignore' | 'drop' | 'propagate';

/** The options of a function, with the names that they have in configuration files. */
export interface FunctionOptions {
  /** How failures are handled. Default `ignore`. */
  readonly error_mode?: ErrorMode;
  /** Maximum time for one batch, such as `500ms`, after which the function's thread is replaced. Default `1s`. */
  readonly timeout?: string;
}

/** What a component uses a function for. */
export type FunctionUseKind = 'process' | 'route' | 'aggregate' | 'tail_sampling';
