import { compilePattern } from '@otelier/query/pattern';
import { patternError } from '../../component/pattern.ts';
import { ignored, z } from '../../component/schema.ts';

/** Returns the fields for how names are matched. */
export function matchFields() {
  return {
    matchType: z
      .enum(['strict', 'regexp'])
      .prefault('strict')
      .describe('Whether the list has names or regular expressions.'),
    regexp: ignored('matching needs no cache'),
  } as const;
}

/** Returns the field for a list of names. */
export function namesField(what: string) {
  return z.array(z.string()).prefault([]).describe(`Names of ${what}, or regular expressions.`);
}

/** Names that are wanted or not. */
export interface NameMatch {
  readonly matchType: 'strict' | 'regexp';
  readonly names: readonly string[];
}

/** Reports whether a name is wanted. */
export type NameFilter = (name: string) => boolean;

/** Creates a filter of the names that `include` has, if it has any, and `exclude` does not. */
export function createFilter(include: NameMatch | undefined, exclude: NameMatch | undefined): NameFilter {
  const isIncluded = include === undefined || include.names.length === 0 ? () => true : compile(include);
  const isExcluded = exclude === undefined ? () => false : compile(exclude);
  return (name) => isIncluded(name) && !isExcluded(name);
}

function compile({ matchType, names }: NameMatch): NameFilter {
  if (matchType === 'strict') return (name) => names.includes(name);
  const patterns = names.map((source) => compilePattern(source));
  return (name) => patterns.some((pattern) => pattern.test(name));
}

/** Returns why the regular expressions of a match are invalid. */
export function matchError({ matchType, names }: NameMatch): string | undefined {
  if (matchType === 'strict') return undefined;
  return names.map(patternError).find((message) => message !== undefined);
}
