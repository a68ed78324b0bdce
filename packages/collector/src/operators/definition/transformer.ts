import { z } from '../../component/schema.ts';
import type { Entry } from '../entry/entry.ts';
import { type EntryConfig, entryFields } from './fields.ts';
import type { OperatorContext, OperatorDefinition } from './operator.ts';
import { createGuard, processEach } from './process-entries.ts';

type Shape = z.core.$ZodLooseShape;

/** What an operator that changes entries in place declares. */
export interface TransformerOptions<S extends Shape> {
  readonly type: string;
  readonly summary: string;
  readonly fields: S;
  /** Returns the function that changes an entry, or throws an `EvaluationError` for one that it cannot process. */
  create(config: z.output<z.ZodObject<S>>, context: OperatorContext): (entry: Entry) => void;
}

/** Defines an operator that changes each entry in place. */
export function defineTransformer<S extends Shape>(options: TransformerOptions<S>): OperatorDefinition {
  return {
    type: options.type,
    summary: options.summary,
    config: z.object({ ...entryFields, ...options.fields }),
    create(config: EntryConfig & z.output<z.ZodObject<S>>, id, context) {
      const change = options.create(config, context);
      const guard = createGuard(config, id, context);
      return { process: (entries, emit) => emit(processEach(entries, guard, change)) };
    },
  };
}
