import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { compileCondition, compileStatement } from '../ottl/compile/compiler.ts';
import { evaluationContext } from '../ottl/evaluation-context.ts';
import { functions } from '../ottl/functions/of-context.ts';
import { observedCondition, observedStatement } from '../ottl/observed.ts';
import { preparation } from '../ottl/profiles/prepare.ts';
import type { Subject } from '../ottl/record/subject.ts';
import { errorHandler, matchesAny, runAll } from '../ottl/sequence.ts';
import { transformHooks } from './transform/hooks.ts';
import { errorModeField, type StatementGroup, statementsField } from './transform/statements.ts';

export const transform = defineRewriter({
  summary: 'Transforms telemetry with OTTL statements.',
  stability: 'beta',
  keepsNoBytes: true,
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: z.object({
    errorMode: errorModeField()
      .prefault('ignore')
      .describe(
        'How to handle statements that fail: `ignore` logs the first error of each kind and continues, `silent` continues, `propagate` refuses the batch.',
      ),
    traceStatements: statementsField('traces', ['resource', 'scope', 'span', 'spanevent']),
    metricStatements: statementsField('metrics', ['resource', 'scope', 'metric', 'datapoint', 'exemplar']),
    logStatements: statementsField('logs', ['resource', 'scope', 'log']),
    profileStatements: statementsField('profiles', ['resource', 'scope', 'profile']),
  }),
  examples: [
    {
      title: 'Rename a route, mask passwords and mark errors',
      config: {
        trace_statements: [
          String.raw`replace_pattern(span.name, "/orders/\\d+", "/orders/{id}")`,
          'delete_matching_keys(span.attributes, "(?i)password")',
          'set(span.status.code, STATUS_CODE_ERROR) where span.attributes["http.response.status_code"] >= 500',
        ],
      },
    },
    {
      title: 'Parse JSON log bodies of one service',
      config: {
        log_statements: [
          {
            conditions: ['resource.attributes["service.name"] == "shop" and IsMatch(log.body, "^\\\\{")'],
            statements: [
              'merge_maps(log.cache, ParseJSON(log.body), "upsert")',
              'set(log.attributes["user"], log.cache["user"])',
            ],
          },
        ],
      },
    },
  ],
  describe: ({ traceStatements, metricStatements, logStatements, profileStatements }) =>
    formatCount(
      [traceStatements, metricStatements, logStatements, profileStatements].flat().flatMap(statementsOf).length,
      'statement',
    ),
  hooks({ errorMode, traceStatements, metricStatements, logStatements, profileStatements }, component) {
    const { signal, logger } = component;
    const environment = evaluationContext(component);
    const groups = {
      traces: traceStatements,
      metrics: metricStatements,
      logs: logStatements,
      profiles: profileStatements,
    }[signal];
    const passes = groups.map(({ context, statements, conditions, isInferred, errorMode: mode = errorMode }) => {
      const options = { context, functions: functions(context), requiresContextNames: isInferred };
      const handle = errorHandler(mode, logger);
      const run = runAll(
        statements.map((text) => observedStatement(compileStatement(text, options), component)),
        handle,
      );
      const matches = matchesAny(
        conditions.map((text) => observedCondition(compileCondition(text, options), component)),
        handle,
      );
      const runWhere = (subject: Subject): void => {
        if (matches === undefined || matches(subject)) run(subject);
      };
      return transformHooks(context, runWhere, environment);
    });
    return [...preparation(signal, passes.length), ...passes];
  },
});

function statementsOf({ statements }: StatementGroup): readonly string[] {
  return statements;
}
