import { SIGNAL_NAMES } from '@otelier/otlp';
import { duration, z } from '../../../component/schema.ts';

const ITEMS = {
  spans: z.unknown().optional(),
  metrics: z.unknown().optional(),
  logs: z.unknown().optional(),
  otlp: z.unknown().optional(),
} as const;
/** The keys of telemetry, one of which a step has, and an output can have. */
export const TELEMETRY_KEYS = ['spans', 'metrics', 'logs', 'otlp', 'file'] as const;
/** The keys of targets, one of which a test has. */
export const TARGET_KEYS = ['receiver', 'pipeline', 'components'] as const;
const ONE_TELEMETRY = 'expected one of spans, metrics, logs, otlp and file';

const step = z
  .object({
    ...ITEMS,
    file: z.string().optional().describe('Path of a telemetry file, relative to the test file.'),
    advance: duration().optional().describe('Time that passes, such as `30s`.'),
    outcome: z
      .enum(['accepted', 'partial', 'retry', 'refused'])
      .prefault('accepted')
      .describe('Expected outcome of the batch.'),
    metadata: z
      .record(z.string(), z.union([z.string(), z.array(z.string())]))
      .prefault({})
      .describe('Request headers that the batch has.'),
  })
  .superRefine((value, issues) => {
    const count = [...TELEMETRY_KEYS, 'advance' as const].filter((key) => value[key] !== undefined).length;
    if (count !== 1) issues.addIssue({ code: 'custom', message: `${ONE_TELEMETRY}, or advance`, input: value });
  });

const output = z
  .object({
    ...ITEMS,
    file: z.string().optional().describe('Path of a telemetry file with the expected items.'),
    exporter: z.string().optional().describe('ID of the exporter.'),
    pipeline: z.string().optional().describe('ID of the pipeline that the items leave.'),
    signal: z
      .enum(SIGNAL_NAMES as [string, ...string[]])
      .optional()
      .describe('Signal of the items.'),
    match: z.enum(['exact', 'subset']).prefault('exact').describe('How items are compared.'),
    ordered: z.boolean().prefault(false).describe('Whether the order of the items is compared.'),
    count: z.int().min(0).optional().describe('Number of items.'),
    every: z.array(z.string()).prefault([]).describe('OTTL conditions that match every item.'),
    any: z.array(z.string()).prefault([]).describe('OTTL conditions that match at least one item.'),
    none: z.array(z.string()).prefault([]).describe('OTTL conditions that match no item.'),
  })
  .superRefine((value, issues) => {
    const count = TELEMETRY_KEYS.filter((key) => value[key] !== undefined).length;
    if (count > 1) issues.addIssue({ code: 'custom', message: `${ONE_TELEMETRY} at a time`, input: value });
    const hasConditions = value.every.length + value.any.length + value.none.length > 0;
    if (count === 0 && value.count === undefined && !hasConditions)
      issues.addIssue({ code: 'custom', message: `${ONE_TELEMETRY}, count, every, any or none`, input: value });
  });

const test = z
  .object({
    name: z.string().min(1).describe('Name of the test.'),
    receiver: z.string().optional().describe('ID of the receiver whose pipelines the telemetry enters.'),
    pipeline: z.string().optional().describe('ID of the pipeline that the telemetry enters.'),
    components: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('Processors that the telemetry passes, and a connector.'),
    time: z.iso.datetime().prefault('2026-01-01T00:00:00Z').describe('Time at which the test starts.'),
    seed: z.int().prefault(1).describe('Seed of random numbers.'),
    drain: z.boolean().prefault(true).describe('Whether buffered telemetry is forwarded at the end.'),
    given: z.array(step).min(1).describe('Telemetry that is sent, and time that passes.'),
    expect: z.array(output).prefault([]).describe('Expected outputs.'),
    dropped: z
      .record(z.string(), z.union([z.int().min(0), z.record(z.string(), z.int().min(0))]))
      .prefault({})
      .describe('Expected number of dropped items by component, or by component and reason.'),
  })
  .superRefine((value, issues) => {
    if (TARGET_KEYS.filter((key) => value[key] !== undefined).length !== 1)
      issues.addIssue({ code: 'custom', message: 'expected one of receiver, pipeline and components', input: value });
    if (value.expect.length === 0 && Object.keys(value.dropped).length === 0)
      issues.addIssue({ code: 'custom', message: 'expected at least one of expect and dropped', input: value });
  });

/** The structure of a test file. Telemetry and the configuration are read from their own trees. */
export const testFileSchema = z.object({
  config: z.unknown().optional().describe('Configuration files, relative to the test file, or a configuration.'),
  set: z.array(z.string()).prefault([]).describe('Settings such as KEY.KEY=VALUE, which override the configuration.'),
  environment: z.record(z.string(), z.string()).prefault({}).describe('Environment variables of the configuration.'),
  tests: z
    .array(test)
    .min(1)
    .superRefine((tests, issues) => {
      for (const [index, { name }] of tests.entries()) {
        if (tests.findIndex((other) => other.name === name) === index) continue;
        const message = `expected a name that no other test has, got "${name}"`;
        issues.addIssue({ code: 'custom', message, path: [index, 'name'], input: name });
      }
    })
    .describe('Tests.'),
});
