import { compilePattern } from '@otelier/query/pattern';

/**
 * Reports whether a tag matches a pattern with `*`, or a regular expression. A `*` in the tag is a part that is not known,
 * and matches.
 */
export function matchesTag(tag: string, match: string, isRegex: boolean): boolean {
  if (match === '') return false;
  if (tag === '*') return true;
  const pattern = isRegex
    ? match
    : `^${match
        .split('*')
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
        .join('.*')}$`;
  try {
    const compiled = compilePattern(pattern);
    if (!tag.includes('*')) return compiled.test(tag);
    if (compiled.test(tag.replaceAll('*', 'var.log.x.log'))) return true;
    // A pattern for a part of the files, such as kube.var.log.containers.app-*.
    const fixed = tag.slice(0, tag.indexOf('*'));
    return !isRegex && match.startsWith(fixed);
  } catch {
    return false;
  }
}
