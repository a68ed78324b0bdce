import { patternError } from '../../component/pattern.ts';
import { ignored, z } from '../../component/schema.ts';

const NO_STORAGE = 'otelier does not keep patterns when it restarts; use seed_templates or seed_logs';

export const drainConfig = z.object({
  treeDepth: z
    .int()
    .min(3)
    .prefault(4)
    .describe('Depth of the tree of patterns. Deeper trees make more specific patterns, by the first words of lines.'),
  mergeThreshold: z
    .number()
    .min(0)
    .max(1)
    .prefault(0.4)
    .describe('Share of the words that a line must have in common with a pattern to belong to it.'),
  maxNodeChildren: z.int().prefault(100).describe('Maximum number of branches of the tree at a word.'),
  maxClusters: z
    .int()
    .prefault(0)
    .describe('Maximum number of patterns. The least recently used one is forgotten. 0 means 10,000.'),
  extraDelimiters: z
    .array(z.string().min(1))
    .prefault([])
    .describe('Texts that separate words, besides spaces, such as "," and ":".'),
  bodyField: z
    .string()
    .prefault('')
    .describe('Key of a structured body whose value is the text. Without it, or without this key, the whole body is.'),
  templateAttribute: z.string().prefault('log.record.template').describe('Name of the attribute with the pattern.'),
  maskingRules: z
    .array(
      z.object({
        name: z
          .string()
          .regex(/^(?!\*$)[^<> \t\n\r]+$/, {
            error: 'expected a name without spaces and angle brackets, other than "*"',
          })
          .describe('Name of the value: matches become `<name>` in patterns.'),
        pattern: z
          .string()
          .min(1)
          .superRefine((text, issues) => {
            const message = patternError(text);
            if (message !== undefined) issues.addIssue({ code: 'custom', message, input: text });
          })
          .describe('Regular expression of values.'),
      }),
    )
    .prefault([])
    .describe('Values that are replaced in lines before patterns are derived, in order, such as addresses.'),
  parameterKeyPrefix: z
    .string()
    .prefault('log.record.template.parameter')
    .describe('Prefix of the attributes with the values of masking rules, which is followed by a dot and the name.'),
  emitWildcards: z.boolean().prefault(false).describe('Whether to write the words at the places of `<*>`.'),
  wildcardsAttribute: z
    .string()
    .prefault('log.record.template.wildcards')
    .describe('Name of the attribute with the words at the places of `<*>`, a list.'),
  seedTemplates: z.array(z.string()).prefault([]).describe('Patterns that are known from the start.'),
  seedLogs: z.array(z.string()).prefault([]).describe('Lines of which patterns are derived at the start.'),
  warmupMinClusters: z
    .int()
    .min(0)
    .prefault(0)
    .describe('Number of patterns from which on records get attributes. Records before pass unchanged.'),
  storage: ignored(NO_STORAGE),
  saveInterval: ignored(NO_STORAGE),
});

/** The configuration of the `drain` processor. */
export type DrainConfig = z.output<typeof drainConfig>;
