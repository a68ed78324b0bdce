import { compilePattern } from '../patterns/pattern.ts';
import { WILDCARD } from '../patterns/pattern-tree.ts';
import { VARIABLE } from './mask-line.ts';
import { patternExpression } from './pattern-expression.ts';
import type { GroupedRecord, RecordGroup, Selection } from './record-group.ts';

/** A group with the records that its selection matches. */
export interface SeparatedGroup {
  readonly group: RecordGroup;
  readonly selection: Selection;
}

/** Number of patterns that are excluded from another one, which also selects the records of any further ones. */
const MAX_WITHOUT = 8;
/** Number of records of a pattern that are compared with the expression of another one. */
const MAX_COMPARED = 20;

/**
 * Makes the selections of patterns disjoint, and moves each record to the pattern that selects it, so that a pattern
 * counts the records that it selects. The groups have the same service, severity and key.
 */
export function separate(groups: readonly RecordGroup[]): readonly SeparatedGroup[] {
  const specific = groups
    .map((group) => ({ group, size: constantSize(group.tokens) }))
    .sort((a, b) => b.size - a.size)
    .map(({ group }) => ({ group, expression: patternExpression(group), records: [...group.records] }));
  const tests = new Map<string, (record: GroupedRecord) => boolean>();
  const testOf = ({ expression }: { readonly expression: string }): ((record: GroupedRecord) => boolean) => {
    const known = tests.get(expression);
    if (known !== undefined) return known;
    const pattern = compilePattern(expression);
    const test = ({ row }: GroupedRecord): boolean => pattern.test(row.body === '' ? (row.eventName ?? '') : row.body);
    tests.set(expression, test);
    return test;
  };
  return specific
    .map((own, at) => {
      const without: string[] = [];
      for (const other of specific.slice(0, at)) {
        if (without.length === MAX_WITHOUT) break;
        if (!canOverlap(own.group, other.group)) continue;
        const [isOwn, isOther] = [testOf(own), testOf(other)];
        const moved = own.records.filter(isOther);
        if (moved.length === 0 && !other.records.slice(0, MAX_COMPARED).some(isOwn)) continue;
        without.push(other.expression);
        if (moved.length === 0) continue;
        other.records.push(...moved);
        own.records = own.records.filter((record) => !isOther(record));
      }
      return { own, without };
    })
    .map(({ own: { group, expression, records }, without }) => ({
      group: { ...group, records },
      selection: { isEvent: group.isEvent, expression, without },
    }));
}

/** Reports whether a body belongs to the pattern of a selection. */
export function selects({ isEvent, expression, without }: Selection, body: string): boolean {
  const matches = (source: string): boolean => compilePattern(source).test(body);
  return !isEvent && matches(expression) && !without.some(matches);
}

/** Returns the number of constant characters of a pattern. */
function constantSize(tokens: readonly string[]): number {
  return tokens.reduce((sum, token) => sum + (token === WILDCARD ? 0 : token.replaceAll(VARIABLE, '').length), 0);
}

/** Reports whether two patterns may match the same line. Exact comparisons of all pairs would take too long. */
function canOverlap({ tokens: a }: RecordGroup, { tokens: b }: RecordGroup): boolean {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [one = '', other = ''] = [a[at], b[at]];
    const ends = [one, other].some((token) => token === WILDCARD || token.includes(VARIABLE));
    const [start, otherStart] = [startOf(one), startOf(other)];
    const length = Math.min(start.length, otherStart.length);
    if (start.slice(0, length) !== otherStart.slice(0, length)) return false;
    // A variable can contain spaces, after which positions differ.
    if (ends) return true;
    if (one !== other) return false;
  }
  return a.length === b.length;
}

/** Returns the constant text at the start of a word. */
function startOf(token: string): string {
  return token === WILDCARD ? '' : (token.split(VARIABLE)[0] ?? '');
}
