import type { Decision } from '@otelier/otlp';
import type { FunctionSignal, FunctionUseKind } from './function-options.ts';
import type { DescribeFailure, Runner } from './runner.ts';

/** Decides about an item for which the function failed. Throws to reject the request. */
export type HandleFailure = (error: unknown) => Decision;

/** A function of the user. Created by `filterSpans`, `route`, `aggregate`, `tailSample` and similar functions. */
export abstract class UserFunction {
  abstract readonly use: FunctionUseKind;
  /** The signals whose items it takes. */
  readonly signals: readonly FunctionSignal[];
  /** The function that created it, for messages. */
  readonly creator: string;
  /** Options with the names that they have in configuration files. */
  readonly options: Readonly<Record<string, unknown>>;

  constructor(signals: readonly FunctionSignal[], creator: string, options: object) {
    this.signals = signals;
    this.creator = creator;
    this.options = { ...options };
  }

  /** Creates a runner, which applies the function in its thread. */
  abstract createRunner(describe: DescribeFailure): Runner;
}

/** Throws unless a value is a function. */
export function requireFunction(creator: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${creator}: expected a function, got ${typeof value}`);
}

/** Describes a value that a function has returned, for messages. */
export function describeReturned(value: unknown): string {
  if (value instanceof Promise) return 'a promise: the function must not be async';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value).slice(0, 50);
}
