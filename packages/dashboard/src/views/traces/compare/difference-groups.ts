import type { CompareTracesResponse, TraceDifference, ValueShare } from '@otelier/query';
import { attributeField, readCondition, writeCondition } from '../../../data/conditions.ts';
import { plural } from '../../../format/number.ts';
import { msg, t } from '../../../locale/t.ts';

/** A difference, and others that are found in the same traces and therefore cannot be told apart. */
export interface DifferenceRow {
  readonly difference: TraceDifference;
  readonly equal: readonly TraceDifference[];
}

/** Differences of one kind. Those that can be causes come first. */
export interface DifferenceGroup {
  readonly title: string;
  readonly note: string;
  readonly rows: readonly DifferenceRow[];
}

const GROUPS: readonly {
  readonly title: string;
  readonly note: string;
  readonly has: (difference: TraceDifference) => boolean;
}[] = [
  {
    title: msg('Where it ran and what was asked'),
    note: msg('attributes known before the outcome, the likely causes'),
    has: ({ kind, isOutcome }) => !isOutcome && (kind === 'attribute' || kind === 'resource'),
  },
  {
    title: msg('Services and spans'),
    note: msg('in the trace, or missing from it'),
    has: ({ kind, isOutcome }) => !isOutcome && (kind === 'span' || kind === 'calls'),
  },
  { title: msg('Outcome'), note: msg('part of the result itself, seldom a cause'), has: ({ isOutcome }) => isOutcome },
];

/** Groups differences, and combines those with the same traces. The order within a group remains. */
export function groupDifferences(differences: CompareTracesResponse['differences']): readonly DifferenceGroup[] {
  return GROUPS.map(({ title, note, has }) => {
    const rows = new Map<string, { difference: TraceDifference; equal: TraceDifference[] }>();
    for (const difference of differences.filter(has)) {
      const row = rows.get(difference.mark);
      if (row === undefined) rows.set(difference.mark, { difference, equal: [] });
      // The number of calls says nothing new if the operation is in the same traces.
      else row.equal.push(difference);
    }
    return { title, note, rows: [...rows.values()] };
  }).filter(({ rows }) => rows.length > 0);
}

/** Returns the name of a difference: `service.version = 2.8.1`. */
export function differenceText({ kind, key, best }: TraceDifference, value: ValueShare = best): string {
  switch (kind) {
    case 'span':
      return key;
    case 'calls':
      return `${key} = ${plural(Number(value.value), 'call')}`;
    case 'status':
      return t('{name} failed', { name: key });
    default:
      return `${key} = ${value.value}`;
  }
}

/** Returns conditions for spans with a value, or without it. */
export function differenceConditions(
  { kind, key, service }: TraceDifference,
  share: ValueShare,
  without = false,
): readonly string[] {
  const of = writeCondition('service', '=', service);
  switch (kind) {
    case 'span':
    case 'calls':
      return [of, writeCondition('name', without ? '!=' : '=', key)];
    case 'status':
      return [of, writeCondition('name', '=', key), `status ${without ? '!=' : '='} error`];
    default:
      return [
        of,
        ...valueConditions(attributeField(key, kind === 'resource' ? 'resource' : 'attributes'), share, without),
      ];
  }
}

function valueConditions(field: string, { value, range }: ValueShare, without: boolean): readonly string[] {
  if (range === undefined) return [writeCondition(field, without ? '!=' : '=', value)];
  const { from, below } = range;
  // Conditions cannot express both sides of a range, so that the smaller numbers remain.
  if (without) return [from > 0 ? `${field} < ${from}` : `${field} >= ${below}`];
  return [`${field} >= ${from}`, ...(below > from ? [`${field} < ${below}`] : [])];
}

/**
 * Adds conditions to a search. All conditions of a search apply to one span, so that those on another service are
 * replaced.
 */
export function addConditions(where: readonly string[], added: readonly string[]): readonly string[] {
  const [service] = added;
  const other = where.some((one) => readCondition(one)?.field === 'service' && one !== service);
  const kept = other ? [] : where;
  return [...kept, ...added.filter((one) => !kept.includes(one))];
}
