import { patternError } from '../../component/pattern.ts';
import { z } from '../../component/schema.ts';
import { functionFields } from '../../functions/function-config.ts';
import { compileCondition } from '../../ottl/compile/compiler.ts';
import { compiles } from '../../ottl/compile/field-check.ts';
import { converters } from '../../ottl/functions/of-context.ts';

const STATUS_CODES = ['UNSET', 'OK', 'ERROR'] as const;

/** Policy types that do not contain other policies. */
const SIMPLE_TYPES = [
  'always_sample',
  'latency',
  'numeric_attribute',
  'probabilistic',
  'status_code',
  'string_attribute',
  'rate_limiting',
  'bytes_limiting',
  'span_count',
  'trace_state',
  'boolean_attribute',
  'ottl_condition',
  'trace_flags',
  'function',
] as const;

const invertMatch = z
  .boolean()
  .prefault(false)
  .describe('Whether to invert the match and sample traces without one, including those without the attribute.');

/** Options for policies that do not contain other policies, by type. */
const simpleOptions = {
  latency: z
    .object({
      thresholdMs: z.int().prefault(0).describe('Minimum latency in milliseconds; only slower traces are sampled.'),
      upperThresholdMs: z.int().prefault(0).describe('Maximum latency in milliseconds. 0 means no limit.'),
    })
    .prefault({})
    .describe('Options of type `latency`, the time from the earliest span start to the latest span end.'),
  numericAttribute: z
    .object({
      key: key('attribute'),
      minValue: int64().describe('Minimum value to sample. 0 means no limit.'),
      maxValue: int64().describe('Maximum value to sample. 0 means no limit.'),
      invertMatch,
    })
    .prefault({})
    .describe('Options of type `numeric_attribute`, an integer attribute of a resource or span.'),
  probabilistic: z
    .object({
      hashSalt: z
        .string()
        .prefault('')
        .describe('Salt for the trace ID hash. Use a different one for each tier of gateways.'),
      samplingPercentage: z.number().prefault(0).describe('Percentage of traces to sample.'),
    })
    .prefault({})
    .describe('Options of type `probabilistic`.'),
  statusCode: z
    .object({
      statusCodes: z.array(z.enum(STATUS_CODES)).prefault([]).describe('Span status codes to sample.'),
    })
    .prefault({})
    .describe('Options of type `status_code`.'),
  stringAttribute: z
    .object({
      key: key('attribute'),
      values: z.array(z.string()).prefault([]).describe('Strings, or regular expressions in RE2 syntax.'),
      enabledRegexMatching: z.boolean().prefault(false).describe('Whether the values are regular expressions.'),
      cacheMaxSize: z.int().prefault(0).describe('Number of cached match results. 0 means 128.'),
      invertMatch,
    })
    .prefault({})
    .describe('Options of type `string_attribute`, a string attribute of a resource or span.'),
  rateLimiting: z
    .object({
      spansPerSecond: z.int().prefault(0).describe('Number of spans per second to sample.'),
      burstCapacity: burst('spans', 'spans_per_second'),
    })
    .prefault({})
    .describe('Options of type `rate_limiting`.'),
  bytesLimiting: z
    .object({
      bytesPerSecond: z.int().prefault(0).describe('Number of bytes per second to sample.'),
      burstCapacity: burst('bytes', 'bytes_per_second'),
    })
    .prefault({})
    .describe('Options of type `bytes_limiting`.'),
  spanCount: z
    .object({
      minSpans: z.int().prefault(0).describe('Minimum number of spans.'),
      maxSpans: z.int().prefault(0).describe('Maximum number of spans. 0 means no limit.'),
    })
    .prefault({})
    .describe('Options of type `span_count`.'),
  traceState: z
    .object({
      key: key('member of the trace state'),
      values: z.array(z.string()).prefault([]).describe('Values to sample.'),
    })
    .prefault({})
    .describe('Options of type `trace_state`.'),
  booleanAttribute: z
    .object({
      key: key('attribute'),
      value: z.boolean().prefault(false).describe('Value to sample.'),
      invertMatch,
    })
    .prefault({})
    .describe('Options of type `boolean_attribute`, a boolean attribute of a resource or span.'),
  ottlCondition: z
    .object({
      errorMode: z
        .enum(['ignore', 'silent', 'propagate'])
        .prefault('silent')
        .describe(
          'How to handle conditions that fail to evaluate: `ignore` logs the first error of each kind and continues, `silent` continues, `propagate` skips the policy for the trace.',
        ),
      span: conditions('span', 'spans'),
      spanevent: conditions('spanevent', 'span events'),
    })
    .prefault({})
    .describe('Options of type `ottl_condition`. One match in any span is enough.'),
  function: z
    .object(functionFields('`tailSample`'))
    .optional()
    .describe(
      'Options of type `function`, a TypeScript function of yours that decides about the trace. If it fails, `ignore` samples the trace, `drop` does not, and `propagate` skips the policy.',
    ),
};

const policyName = z.string().prefault('').describe('Policy name.');

const simplePolicy = z
  .object({
    name: policyName,
    type: z.enum(SIMPLE_TYPES).describe('Policy type.'),
    ...simpleOptions,
  })
  .superRefine(checkSimple);

const notOptions = z
  .object({ notSubPolicy: simplePolicy.optional().describe('Policy whose result is inverted.') })
  .prefault({})
  .describe('Options of type `not`.');

const andSubPolicy = z
  .object({
    name: policyName,
    type: z.enum([...SIMPLE_TYPES, 'not']).describe('Policy type.'),
    ...simpleOptions,
    not: notOptions,
  })
  .superRefine(checkSimple)
  .superRefine(checkNot);

const andOptions = z
  .object({ andSubPolicy: z.array(andSubPolicy).prefault([]).describe('Policies that must all sample the trace.') })
  .prefault({})
  .describe('Options of type `and`.');

const compositeSubPolicy = z
  .object({
    name: policyName,
    type: z.enum([...SIMPLE_TYPES, 'and']).describe('Policy type.'),
    ...simpleOptions,
    and: andOptions,
  })
  .superRefine(checkSimple);

const compositeOptions = z
  .object({
    maxTotalSpansPerSecond: z.int().prefault(0).describe('Maximum number of spans per second for each policy.'),
    policyOrder: z
      .array(z.string())
      .prefault([])
      .describe('Accepted as in the Collector, which tries the policies in the order of `composite_sub_policy`.'),
    compositeSubPolicy: z
      .array(compositeSubPolicy)
      .prefault([])
      .describe('Policies, in order. The first one that samples the trace decides.'),
    rateAllocation: z
      .array(
        z.object({
          policy: z.string().prefault('').describe('Policy name.'),
          percent: z.int().prefault(0).describe('Share of `max_total_spans_per_second`.'),
        }),
      )
      .prefault([])
      .describe('Shares of the policies. Default: equal shares.'),
  })
  .prefault({})
  .describe('Options of type `composite`.');

const policy = z
  .object({
    name: z.string().min(1, 'expected a name').describe('Policy name, which must be unique.'),
    type: z.enum([...SIMPLE_TYPES, 'composite', 'and', 'not', 'drop']).describe('Policy type.'),
    ...simpleOptions,
    composite: compositeOptions,
    and: andOptions,
    not: notOptions,
    drop: z
      .object({
        dropSubPolicy: z
          .array(andSubPolicy)
          .prefault([])
          .describe('Policies that must all sample the trace for it to be dropped.'),
      })
      .prefault({})
      .describe('Options of type `drop`.'),
  })
  .superRefine(checkSimple)
  .superRefine(checkNot);

/** The `policies` field. */
export const policiesField = z
  .array(policy)
  .prefault([])
  .superRefine((policies, issues) => {
    const names = new Set<string>();
    for (const [index, { name }] of policies.entries()) {
      if (names.has(name))
        issues.addIssue({
          code: 'custom',
          message: `expected a unique name, got "${name}" again`,
          path: [index, 'name'],
          input: name,
        });
      names.add(name);
    }
  })
  .describe(
    'Policies. A trace is dropped if any `drop` policy drops it; otherwise, it is sampled if any policy samples it.',
  );

export type SimplePolicyConfig = z.output<typeof simplePolicy>;
export type AndSubPolicyConfig = z.output<typeof andSubPolicy>;
export type CompositeSubPolicyConfig = z.output<typeof compositeSubPolicy>;
export type CompositeConfig = z.output<typeof compositeOptions>;
export type PolicyConfig = z.output<typeof policy>;

type SimpleOptions = Pick<
  SimplePolicyConfig,
  'statusCode' | 'numericAttribute' | 'stringAttribute' | 'ottlCondition' | 'function'
>;

/** Reports missing options that a policy of its type requires. */
function checkSimple(config: SimpleOptions & { readonly type: string }, issues: z.RefinementCtx): void {
  const report = (message: string, ...path: (string | number)[]) =>
    issues.addIssue({ code: 'custom', message, path, input: config });
  switch (config.type) {
    case 'status_code':
      if (config.statusCode.statusCodes.length === 0)
        report('expected at least one status code', 'statusCode', 'statusCodes');
      break;
    case 'numeric_attribute':
      if (config.numericAttribute.minValue === 0n && config.numericAttribute.maxValue === 0n)
        report('expected min_value or max_value', 'numericAttribute');
      break;
    case 'function':
      if (config.function === undefined) report('expected a file and a function', 'function');
      break;
    case 'ottl_condition':
      if (config.ottlCondition.span.length + config.ottlCondition.spanevent.length === 0)
        report('expected at least one condition', 'ottlCondition');
      break;
    case 'string_attribute': {
      const { enabledRegexMatching, values } = config.stringAttribute;
      if (!enabledRegexMatching) break;
      for (const [index, value] of values.entries()) {
        const message = patternError(value);
        if (message !== undefined) report(message, 'stringAttribute', 'values', index);
      }
    }
  }
}

function checkNot(
  config: { readonly type: string; readonly not: { readonly notSubPolicy?: unknown } },
  issues: z.RefinementCtx,
): void {
  if (config.type === 'not' && config.not.notSubPolicy === undefined)
    issues.addIssue({ code: 'custom', message: 'expected a policy', path: ['not', 'notSubPolicy'], input: config.not });
}

function key(noun: string) {
  return z.string().prefault('').describe(`Key of the ${noun}.`);
}

function burst(noun: string, rate: string) {
  return z
    .int()
    .prefault(0)
    .describe(`Burst capacity in ${noun}, which also limits the size of a single trace. 0 means twice \`${rate}\`.`);
}

/** Returns a field for a 64-bit integer. */
function int64() {
  return (
    z
      .number()
      .refine(Number.isInteger, { error: 'expected an integer' })
      .prefault(0)
      // The largest 64-bit integers are rounded up to a double that is out of range.
      .transform((value) => BigInt(Math.max(-(2 ** 63), Math.min(value, 2 ** 63))))
  );
}

function conditions(context: 'span' | 'spanevent', noun: string) {
  return z
    .array(
      z.string().superRefine(compiles((text) => compileCondition(text, { context, functions: converters(context) }))),
    )
    .prefault([])
    .describe(`OTTL conditions for ${noun}.`);
}
