import { patternText } from '../../component/fields/pattern.ts';
import { ignored, z } from '../../component/schema.ts';

const NO_STORAGE = 'otelier does not keep patterns when it restarts; use seed_templates or seed_logs';

export const drainConfig = z.object({
  treeDepth: z
    .int()
    .min(3)
    .prefault(4)
    .describe(
      'Depth of the pattern tree. Deeper trees produce more specific patterns, based on the first words of lines.',
    ),
  mergeThreshold: z
    .number()
    .min(0)
    .max(1)
    .prefault(0.4)
    .describe('Fraction of words that a line must share with a pattern to match it.'),
  maxNodeChildren: z.int().prefault(100).describe('Maximum number of children per tree node.'),
  maxClusters: z
    .int()
    .prefault(0)
    .describe('Maximum number of patterns. The least recently used one is evicted. 0 means 10,000.'),
  extraDelimiters: z
    .array(z.string().min(1))
    .prefault([])
    .describe('Strings that separate words in addition to spaces, such as "," and ":".'),
  bodyField: z
    .string()
    .prefault('')
    .describe(
      'Key in a structured body whose value is the log text. If it is not set, or the body lacks the key, the whole body is used.',
    ),
  templateAttribute: z.string().prefault('log.record.template').describe('Name of the pattern attribute.'),
  maskingRules: z
    .array(
      z.object({
        name: z
          .string()
          .regex(/^(?!\*$)[^<> \t\n\r]+$/, {
            error: 'expected a name without spaces and angle brackets, other than "*"',
          })
          .describe('Rule name: matches become `<name>` in patterns.'),
        pattern: patternText().min(1).describe('Regular expression for the values to mask.'),
      }),
    )
    .prefault([])
    .describe('Masking rules, applied to lines in order before patterns are derived, for values such as addresses.'),
  parameterKeyPrefix: z
    .string()
    .prefault('log.record.template.parameter')
    .describe('Prefix of the attributes that contain masked values; a dot and the rule name are appended.'),
  emitWildcards: z.boolean().prefault(false).describe('Whether to record the words at the positions of `<*>`.'),
  wildcardsAttribute: z
    .string()
    .prefault('log.record.template.wildcards')
    .describe('Name of the list attribute that contains the words at the positions of `<*>`.'),
  seedTemplates: z.array(z.string()).prefault([]).describe('Patterns that are known initially.'),
  seedLogs: z.array(z.string()).prefault([]).describe('Lines from which initial patterns are derived.'),
  warmupMinClusters: z
    .int()
    .min(0)
    .prefault(0)
    .describe(
      'Number of patterns that must be known before records get attributes. Earlier records pass through unchanged.',
    ),
  storage: ignored(NO_STORAGE),
  saveInterval: ignored(NO_STORAGE),
});

/** The configuration of the `drain` processor. */
export type DrainConfig = z.output<typeof drainConfig>;
