import { findField, forEachPayload, type ItemCursor, SPAN_FIELDS } from '@otelier/otlp';
import type { Logger } from 'pino';
import { BatchRejection } from '../../../component/rewriter.ts';
import { compileCondition } from '../../../ottl/compile/compiler.ts';
import { converters } from '../../../ottl/functions/of-context.ts';
import { type EvaluationContext, Subject } from '../../../ottl/record/subject.ts';
import { type ErrorMode, errorHandler, matchesAny } from '../../../ottl/sequence.ts';
import { Decision, type Policy } from '../policy.ts';

/** The conditions of an OTTL policy. */
export interface OttlConditions {
  readonly errorMode: ErrorMode;
  readonly span: readonly string[];
  readonly spanevent: readonly string[];
}

/** Returns a policy that samples traces with a span or span event that matches a condition. */
export function ottlCondition(
  { errorMode, span, spanevent }: OttlConditions,
  environment: EvaluationContext,
  logger: Pick<Logger, 'warn'>,
): Policy {
  const compile = (context: 'span' | 'spanevent', texts: readonly string[]) =>
    matchesAny(
      texts.map((text) => compileCondition(text, { context, functions: converters(context) })),
      errorHandler(errorMode, logger),
    );
  const matchesSpan = compile('span', span);
  const matchesEvent = compile('spanevent', spanevent);
  const subject = new Subject(environment);
  let cursor: ItemCursor | undefined;
  const hasMatchingEvent = (bytes: Uint8Array, start: number, end: number) => {
    if (matchesEvent === undefined || findField(bytes, start, end, SPAN_FIELDS.events) < 0) return false;
    let isMatch = false;
    subject.eventIndex = 0;
    forEachPayload(bytes, start, end, SPAN_FIELDS.events, (from, to) => {
      if (isMatch) return;
      subject.event.reset(bytes, from, to);
      isMatch = matchesEvent(subject);
      subject.eventIndex += 1;
    });
    return isMatch;
  };
  const test = {
    enter(at: ItemCursor) {
      cursor = at;
    },
    span(bytes: Uint8Array, start: number, end: number) {
      if (cursor === undefined) return false;
      cursor.start = start;
      cursor.end = end;
      subject.moveToItem(cursor);
      return matchesSpan?.(subject) === true || hasMatchingEvent(bytes, start, end);
    },
  };
  return {
    isStateful: false,
    evaluate(trace) {
      // The memory of earlier traces is reused, so positions do not identify messages.
      subject.restart();
      subject.cache.clear();
      try {
        return trace.some(test) ? Decision.sampled : Decision.notSampled;
      } catch (error) {
        // In error mode `propagate`, a failed condition ends the evaluation.
        if (!(error instanceof BatchRejection)) throw error;
        return Decision.failed;
      }
    },
  };
}
