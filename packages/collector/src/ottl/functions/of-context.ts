import { type FunctionTable, functionTable } from '../compile/function.ts';
import type { ContextCandidates } from '../compile/infer.ts';
import type { ContextName } from '../contexts/context.ts';
import { METRIC_CONVERTERS } from './metric-converters.ts';
import { METRIC_EDITORS, POINT_EDITORS } from './metrics/editors.ts';
import { LOG_FORMATS } from './parse/log-formats.ts';
import { SPAN_CONVERTERS } from './span-converters.ts';
import { SPAN_EDITORS } from './span-name.ts';
import { STANDARD_CONVERTERS, STANDARD_FUNCTIONS } from './standard.ts';

/** Returns contexts, from the innermost to the outermost, with their functions, for inference. */
export function candidatesOf(
  contexts: readonly ContextName[],
  functionsOf: (context: ContextName) => FunctionTable,
): ContextCandidates {
  return new Map(contexts.toReversed().map((context) => [context, functionsOf(context)]));
}

/** Returns the converters available to conditions in a context. */
export function converters(context: ContextName): FunctionTable {
  return CONVERTERS[context] ?? STANDARD_CONVERTERS;
}

/** Returns the editors and converters available to statements in a context. */
export function functions(context: ContextName): FunctionTable {
  return FUNCTIONS[context] ?? STANDARD_FUNCTIONS;
}

const FUNCTIONS: Partial<Readonly<Record<ContextName, FunctionTable>>> = {
  span: functionTable([...STANDARD_FUNCTIONS.values()], SPAN_CONVERTERS, SPAN_EDITORS),
  metric: functionTable([...STANDARD_FUNCTIONS.values()], METRIC_EDITORS),
  datapoint: functionTable([...STANDARD_FUNCTIONS.values()], POINT_EDITORS),
  log: functionTable([...STANDARD_FUNCTIONS.values()], LOG_FORMATS),
};

const CONVERTERS: Partial<Readonly<Record<ContextName, FunctionTable>>> = {
  span: functionTable([...STANDARD_CONVERTERS.values()], SPAN_CONVERTERS),
  metric: functionTable([...STANDARD_CONVERTERS.values()], METRIC_CONVERTERS),
};
