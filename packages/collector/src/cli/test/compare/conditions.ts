import { ACCEPTED, type Batch, countItems, localContext, type Signal } from '@otelier/otlp';
import { createRewriter } from '../../../component/rewriter.ts';
import type { Diagnostic } from '../../../config/config-error.ts';
import { type Condition, compileCondition } from '../../../ottl/compile/compiler.ts';
import type { ContextName } from '../../../ottl/contexts/context.ts';
import { converters } from '../../../ottl/functions/of-context.ts';
import { OttlError } from '../../../ottl/grammar/error.ts';
import { preparation } from '../../../ottl/profiles/prepare.ts';
import { Subject } from '../../../ottl/record/subject.ts';
import { EvaluationError } from '../../../ottl/values/value.ts';
import { errorAt } from '../file/context.ts';
import type { ExpectedCondition } from '../file/model.ts';

const CONTEXTS = { traces: 'span', metrics: 'datapoint', logs: 'log', profiles: 'profile' } as const satisfies Record<
  Signal,
  ContextName
>;

/** Compiles a condition on the items of a signal. Returns an error at its position if it is invalid. */
export function compileExpected({ text, position, path }: ExpectedCondition, signal: Signal): Condition | Diagnostic {
  const context = CONTEXTS[signal];
  try {
    return compileCondition(text, { context, functions: converters(context) });
  } catch (error) {
    if (error instanceof OttlError) return errorAt(position, path, error.message);
    throw error;
  }
}

/** Reports for each item of requests whether it matches a condition, or why the condition cannot be evaluated. */
export function evaluateCondition(
  condition: Condition,
  signal: Signal,
  parts: readonly Uint8Array[],
  now: () => number,
): (boolean | string)[] {
  const results: (boolean | string)[] = [];
  const subject = new Subject({ now, random: () => 0.5 });
  const evaluate = {
    item(cursor: Parameters<Subject['moveToItem']>[0], batch: Batch['context']) {
      subject.batch = batch;
      results.push(resultOf(condition, subject.moveToItem(cursor)));
      return 'keep' as const;
    },
  };
  const sink = { consume: () => ACCEPTED };
  const rewriter = createRewriter([...preparation(signal, 1), evaluate], sink, { dropped: () => {} });
  const itemCount = parts.reduce((sum, part) => sum + countItems(signal, part), 0);
  const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0);
  void rewriter.consume({ signal, parts, itemCount, sizeBytes, context: localContext(now()) });
  return results;
}

function resultOf(condition: Condition, subject: Subject): boolean | string {
  try {
    return condition.test(subject);
  } catch (error) {
    if (error instanceof EvaluationError) return error.message;
    throw error;
  }
}
