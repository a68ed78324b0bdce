import { z } from '../../component/schema.ts';
import { SOURCE_NAMES, type SourceName } from './mappings.ts';
import type { SourceOptions } from './normalizer.ts';

const sourceFields = {
  removeOriginals: z.boolean().prefault(false).describe('Whether to remove the original attributes.'),
  overwrite: z.boolean().prefault(false).describe('Whether to replace existing attributes.'),
  customMappings: z
    .record(z.string(), z.string())
    .prefault({})
    .describe('Additional attributes and their new names, which take precedence.'),
  valueMappings: z
    .record(z.string(), z.record(z.string(), z.string()))
    .prefault({})
    .describe('Replacement values for string attributes by new attribute name; matching is case-insensitive.'),
};

const sourceMap = z.object(
  Object.fromEntries(
    SOURCE_NAMES.map((name) => [
      name,
      z
        .object(sourceFields)
        .optional()
        .describe(`Attributes of ${name === 'custom' ? '`custom_mappings` only' : name}.`),
    ]),
  ) as Readonly<Record<SourceName, z.ZodOptional<z.ZodObject<typeof sourceFields>>>>,
);

/** The configuration schema of `gen_ai_normalizer`. */
export const genAiNormalizerConfig = z
  .object({
    sources: sourceMap.describe(
      'Conventions to normalize, applied in alphabetical order. Each has options, which can be empty.',
    ),
  })
  .superRefine(({ sources }, issues) => {
    const list = sourcesOf(sources);
    if (list.length === 0)
      issues.addIssue({ code: 'custom', path: ['sources'], message: 'expected at least one source, got none' });
    for (const { name, customMappings } of list) {
      const path = ['sources', name, 'customMappings'];
      const entries = Object.entries(customMappings);
      if (name === 'custom' && entries.length === 0)
        issues.addIssue({ code: 'custom', path, message: 'expected at least one attribute, got none' });
      for (const [from, to] of entries)
        if (from === '' || to === '' || from === to)
          issues.addIssue({ code: 'custom', path, message: `expected two different names, got "${from}" and "${to}"` });
    }
  });

type Sources = z.output<typeof sourceMap>;

/** Returns the sources in the order in which they are applied. */
export function sourcesOf(sources: Sources): SourceOptions[] {
  return [...SOURCE_NAMES].sort().flatMap((name) => {
    const source = sources[name];
    return source === undefined ? [] : [{ name, ...source }];
  });
}
