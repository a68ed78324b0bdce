import type { BatchContext } from '@otelier/otlp';
import { z } from '../../component/schema.ts';
import { compileCondition, compileStatement } from '../../ottl/compile/compiler.ts';
import { defineFunction, type FunctionTable, functionTable } from '../../ottl/compile/function.ts';
import { inferContext } from '../../ottl/compile/infer.ts';
import type { ContextName } from '../../ottl/contexts/context.ts';
import { SPAN_CONVERTERS } from '../../ottl/functions/span-converters.ts';
import { STANDARD_CONVERTERS, STANDARD_FUNCTIONS } from '../../ottl/functions/standard.ts';
import { OttlError } from '../../ottl/grammar/error.ts';
import { parseStatement } from '../../ottl/grammar/parse.ts';
import type { Subject } from '../../ottl/record/subject.ts';
import { pipelineId } from '../by-pipeline/pipeline-ids.ts';
import { compileRequestCondition, RequestConditionError } from './request-condition.ts';

const CONTEXTS = ['otelcol', 'resource', 'span', 'metric', 'datapoint', 'log'] as const;

/** The OTTL context of a route. */
export type RouteContext = (typeof CONTEXTS)[number] | 'request';

/** How a route is evaluated: against the request headers, or by a statement. */
export type RouteTest =
  | { readonly kind: 'request'; readonly text: string; matches(batch: BatchContext): boolean }
  | {
      readonly kind: 'statement';
      readonly text: string;
      readonly context: (typeof CONTEXTS)[number];
      /** Whether the statement modifies telemetry, as `delete_key` does. */
      readonly changes: boolean;
      /** Runs the statement and reports whether its condition matches. */
      run(subject: Subject): boolean;
    };

/** A row of the routing table. */
export interface Route {
  readonly test: RouteTest;
  readonly action: 'move' | 'copy';
  readonly pipelines: readonly string[];
}

/** Returns the field for a route, whose statement is compiled when the configuration is read. */
export function routeField() {
  return z
    .object({
      context: z
        .enum([...CONTEXTS, 'request'])
        .optional()
        .describe(
          'Context of the condition. Default: inferred from its paths, or `resource`. `request` supports only `request["name"] == "value"` and `!=`; use `otelcol` paths instead.',
        ),
      condition: z
        .string()
        .prefault('')
        .describe('OTTL condition, such as `resource.attributes["env"] == "test"`. Either this or `statement`.'),
      statement: z
        .string()
        .prefault('')
        .describe(
          'OTTL statement: `route()`, `delete_key` or `delete_matching_keys`, followed by `where` and a condition.',
        ),
      action: z
        .enum(['move', 'copy'])
        .prefault('move')
        .describe('`move` removes matching telemetry from subsequent routes, `copy` leaves it in place for them.'),
      pipelines: z
        .array(pipelineId())
        .min(1, { error: 'expected at least one pipeline' })
        .describe('Pipelines that receive matching telemetry.'),
    })
    .transform(({ action, pipelines, ...written }, issues): Route => {
      const report = (message: string, path: string[]) =>
        issues.addIssue({ code: 'custom', message, path, input: written.condition || written.statement });
      return { test: parseTest(written, report) ?? NEVER, action, pipelines };
    });
}

interface WrittenTest {
  readonly context?: RouteContext | undefined;
  readonly condition: string;
  readonly statement: string;
}

function parseTest(written: WrittenTest, report: (message: string, path: string[]) => void): RouteTest | undefined {
  const { context, condition, statement } = written;
  if (condition === '' && statement === '') {
    report('expected a condition or a statement', []);
  } else if (condition !== '' && statement !== '') {
    report('expected either a condition or a statement', ['statement']);
  } else if (context === 'request' && condition === '') {
    report('expected a condition instead of a statement in the context "request"', ['statement']);
  } else {
    try {
      return compileTest(context, condition, statement);
    } catch (error) {
      if (!(error instanceof OttlError || error instanceof RequestConditionError)) throw error;
      report(error.message, [condition === '' ? 'statement' : 'condition']);
    }
  }
  return undefined;
}

const NEVER: RouteTest = { kind: 'request', text: '', matches: () => false };

function compileTest(context: RouteContext | undefined, condition: string, statement: string): RouteTest {
  if (context === 'request') return { kind: 'request', text: condition, matches: compileRequestCondition(condition) };
  if (context !== undefined) return compileIn(context, condition, statement, false);
  try {
    const inferred = inferContext(statement === '' ? [] : [statement], condition === '' ? [] : [condition], CANDIDATES);
    return compileIn(inferred as (typeof CONTEXTS)[number], condition, statement, true);
  } catch (error) {
    if (!(error instanceof OttlError)) throw error;
    // As in the Collector, paths without a context refer to the resource.
    try {
      return compileIn('resource', condition, statement, false);
    } catch {
      throw error;
    }
  }
}

function compileIn(
  context: (typeof CONTEXTS)[number],
  condition: string,
  statement: string,
  requiresContextNames: boolean,
): RouteTest {
  const options = { context, functions: functionsOf(context), requiresContextNames };
  if (condition !== '') {
    const { test } = compileCondition(condition, options);
    return { kind: 'statement', text: `route() where ${condition}`, context, changes: false, run: test };
  }
  const changes = parseStatement(statement).editor.name !== ROUTE.name;
  const { run } = compileStatement(statement, options);
  return { kind: 'statement', text: statement, context, changes, run };
}

/** An editor that only marks a match and changes nothing. */
const ROUTE = defineFunction('route', {}, () => () => undefined);

const FUNCTIONS = functionTable(
  [...STANDARD_CONVERTERS.values(), ROUTE],
  ['delete_key', 'delete_matching_keys'].flatMap((name) => STANDARD_FUNCTIONS.get(name) ?? []),
);
const SPAN_FUNCTIONS = functionTable([...FUNCTIONS.values()], SPAN_CONVERTERS);

function functionsOf(context: ContextName): FunctionTable {
  return context === 'span' ? SPAN_FUNCTIONS : FUNCTIONS;
}

const CANDIDATES = new Map(CONTEXTS.map((context): [ContextName, FunctionTable] => [context, functionsOf(context)]));
