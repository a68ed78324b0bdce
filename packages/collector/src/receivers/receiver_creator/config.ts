import { ENDPOINT_TYPES } from '../../component/discovery/endpoint.ts';
import { z } from '../../component/schema.ts';
import { ExpressionError } from '../../operators/expression/syntax.ts';
import { compileRule } from './rule.ts';
import { compileTemplate } from './template.ts';

const attributes = () => z.record(z.string(), z.string().superRefine(compiles(compileTemplate)));

const receiver = z.object({
  rule: z
    .string()
    .superRefine(compiles(compileRule))
    .describe('Expression that selects endpoints: `type == "port" && port == 6379`. It begins with the type.'),
  config: z
    .record(z.string(), z.unknown())
    .superRefine(compiles(compileTemplate))
    .prefault({})
    .describe(
      'Options of the receiver. Expressions between backticks are replaced by their values. Without `endpoint`, that option is the address of the endpoint, if the receiver has it.',
    ),
  resourceAttributes: attributes()
    .prefault({})
    .describe('Attributes to add to resources that lack them. Expressions are allowed. An empty text adds none.'),
});

/** The options of `receiver_creator`. */
export const creatorConfig = z.object({
  watchObservers: z
    .array(z.string().min(1))
    .min(1, { error: 'expected at least one observer' })
    .describe('Extensions that observe endpoints, such as `k8s_observer`.'),
  receivers: z.record(z.string(), receiver).prefault({}).describe('Receivers to start for endpoints, by ID.'),
  resourceAttributes: z
    .record(z.string(), attributes())
    .superRefine((byType, issues) => {
      for (const type of Object.keys(byType)) {
        if (ENDPOINT_TYPES.some((known) => known === type)) continue;
        const message = `expected a type of endpoint (${ENDPOINT_TYPES.join(', ')})`;
        issues.addIssue({ code: 'custom', path: [type], message, input: type });
      }
    })
    .prefault({})
    .describe('Attributes to add to resources that lack them, by type of endpoint. They are added to the defaults.'),
  discovery: z
    .object({
      enabled: z.boolean().prefault(false).describe('Whether annotations of pods start receivers.'),
      ignoreReceivers: z.array(z.string()).prefault([]).describe('Types of receivers that annotations cannot start.'),
      defaultAnnotations: z
        .record(z.string(), z.string())
        .prefault({})
        .describe('Annotations of pods that do not have them: `io.opentelemetry.discovery.logs/enabled: "true"`.'),
    })
    .prefault({})
    .describe('Receivers that annotations of pods configure (`io.opentelemetry.discovery.*`).'),
  maxReceivers: z
    .int()
    .min(1)
    .prefault(1000)
    .describe('Maximum number of receivers at a time. Endpoints beyond it wait until others are gone.'),
});

/** The parsed options. */
export type CreatorConfig = z.output<typeof creatorConfig>;

/** Reports a value that cannot be compiled. */
function compiles<T>(compile: (value: T) => unknown) {
  return (value: T, issues: z.RefinementCtx) => {
    try {
      compile(value);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      issues.addIssue({ code: 'custom', message: error.message, input: value });
    }
  };
}
