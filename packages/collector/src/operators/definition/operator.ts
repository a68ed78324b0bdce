import type { Clock } from '@otelier/transport';
import type { z } from '../../component/schema.ts';
import type { Entry } from '../entry/entry.ts';
import type { Environment } from '../expression/scope.ts';

/** What a receiver provides to its operators. */
export interface OperatorContext {
  readonly environment: Environment;
  readonly clock: Clock;
  /** Returns a random number, as `Math.random` does. */
  readonly random: () => number;
  /** Counts entries that an operator drops. */
  dropped(count: number, reason: string, operator: string): void;
  /** Reports an entry that an operator could not process. */
  failed(operator: string, message: string, isQuiet: boolean): void;
}

/**
 * Passes entries on. `route` selects an output of an operator with several groups of them; others have one, number 0.
 */
export type Emit = (entries: Entry[], route?: number) => void;

/** A step of a log pipeline. */
export interface Operator {
  /** Processes entries, which it may change, and passes on the results. */
  process(entries: readonly Entry[], emit: Emit): void;
  /** Passes on entries that are held too long, or all that are held. */
  flush?(which: 'due' | 'all', emit: Emit): void;
  /** Calls `visit` with each entry that begins something that is held. */
  forEachHeld?(visit: (entry: Entry) => void): void;
  /** The IDs of the outputs, by route, if they are not those of the field `output`. */
  readonly routes?: readonly (readonly string[])[];
}

/** The definition of an operator. */
export interface OperatorDefinition {
  readonly type: string;
  /** One sentence that describes the operator. */
  readonly summary: string;
  /** Every field needs `.describe`. */
  readonly config: z.ZodObject;
  /** Creates an operator from a parsed configuration. Throws an error with a message for the user if it is invalid. */
  create(config: never, id: string, context: OperatorContext): Operator;
}

/** Thrown by `create` for a configuration that the schema accepts and the operator does not. */
export class OperatorConfigError extends Error {
  override readonly name = 'OperatorConfigError';
}
