import { adjustedCount, payloadEnd, payloadStart, readString, SPAN_FIELDS, TraceState } from '@otelier/otlp';
import { defineFunction, type FunctionTable, functionTable } from '../../ottl/compile/function.ts';
import { STANDARD_FUNCTIONS } from '../../ottl/functions/standard.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import type { ItemContext } from '../tally/items.ts';

/** Returns the functions available to expressions and conditions in a context. */
export function functionsOf(context: ItemContext): FunctionTable {
  return context === 'span' ? SPAN_FUNCTIONS : STANDARD_FUNCTIONS;
}

/** The number of spans that a sampled span represents, derived from the threshold in its trace state. */
const ADJUSTED_COUNT = defineFunction('AdjustedCount', {}, () => ({ item }) => {
  const at = item.find(SPAN_FIELDS.traceState);
  if (at < 0) return 1;
  const { source } = item;
  const text = readString(source, payloadStart(source, at), payloadEnd(source, at));
  if (text === '') return 1;
  const state = TraceState.parse(text);
  if (typeof state === 'string') throw new EvaluationError(`expected a valid trace state: ${state}`);
  return state.threshold === undefined ? 1 : adjustedCount(state.threshold);
});

const SPAN_FUNCTIONS = functionTable([...STANDARD_FUNCTIONS.values()], [ADJUSTED_COUNT]);
