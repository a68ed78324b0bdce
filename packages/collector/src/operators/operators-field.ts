import { z } from '../component/schema.ts';
import type { OperatorContext } from './definition/operator.ts';
import { createPipeline, type OperatorConfigs } from './pipeline.ts';

/** Used to check configurations, which create operators that never run. */
const CHECK_CONTEXT: OperatorContext = {
  environment: {},
  clock: { now: () => 0, monotonic: () => 0, setTimeout: () => () => {} },
  random: () => 0,
  dropped() {},
  failed() {},
};

/** Returns the configuration field for a list of operators. */
export function operatorsField(description = 'Operators that parse and change the log records, in order.') {
  return z
    .array(z.record(z.string(), z.unknown()))
    .prefault([])
    .superRefine((configs, issues) => {
      for (const { path, message } of checkOperators(configs))
        issues.addIssue({ code: 'custom', path: [...path], message });
    })
    .describe(description);
}

function checkOperators(configs: OperatorConfigs) {
  if (configs.length === 0) return [];
  return createPipeline(configs, CHECK_CONTEXT).issues ?? [];
}
