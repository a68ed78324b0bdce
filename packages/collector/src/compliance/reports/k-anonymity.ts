import type { ReportRequest } from '@otelier/query';
import { type AttributeGroups, groupByAttributes } from '@otelier/store/attribute-groups';
import type { ReportContext, Section } from './report-context.ts';

const MAX_ROWS = 200;
const SIGNALS = ['traces', 'metrics', 'logs'] as const;

/** Which combinations of attributes are so rare that they may identify a person. */
export async function anonymitySections(
  { tenant, attributes, k }: ReportRequest,
  { store }: ReportContext,
): Promise<readonly Section[]> {
  if (attributes.length === 0)
    return [{ title: 'Groups', text: 'No attributes were chosen.', columns: ['Values', 'Items'], rows: [] }];
  const found = await groupByAttributes(store, { tenant, signals: SIGNALS }, attributes);
  const small = [...found.groups].filter(([, items]) => items < k).sort((a, b) => a[1] - b[1]);
  const smallest = Math.min(...found.groups.values());
  return [
    {
      title: 'Result',
      text: 'Items with the same values of all chosen attributes form a group. k is the size of the smallest group. Items of one person can form a large group: choose attributes that do not identify people by themselves.',
      columns: ['Chosen attributes', 'Items', 'Groups', 'k', 'Wanted k', 'Items in groups below it'],
      rows: [
        [
          ...[attributes.join(', '), `${found.items}${found.isPartial ? ' (not all)' : ''}`, String(found.groups.size)],
          ...[found.groups.size === 0 ? '' : String(smallest), String(k), String(sumOf(small))],
        ],
      ],
    },
    {
      title: `Groups below ${k}`,
      ...(small.length > MAX_ROWS && { text: `The smallest ${MAX_ROWS} of ${small.length}.` }),
      columns: [...attributes, 'Items'],
      rows: small
        .slice(0, MAX_ROWS)
        .map(([values, items]) => [
          ...(JSON.parse(values) as readonly (string | null)[]).map((value) => value ?? '(missing)'),
          String(items),
        ]),
    },
    {
      title: 'Suggestions',
      text: 'How many items would remain in groups below the wanted k without one of the attributes. Remove it by the processor `attributes`, or make its values coarser by `redaction` with `truncate`.',
      columns: ['Without', 'Different values', 'Items in groups below k'],
      rows: attributes
        .map((name, index) => [name, distinct(found, index), sumOf(without(found, index, k))] as const)
        .sort((a, b) => a[2] - b[2])
        .map(([name, values, items]) => [name, String(values), String(items)]),
    },
  ];
}

function sumOf(groups: readonly (readonly [string, number])[]): number {
  return groups.reduce((sum, [, items]) => sum + items, 0);
}

function distinct({ groups }: AttributeGroups, index: number): number {
  return new Set([...groups.keys()].map((values) => (JSON.parse(values) as readonly unknown[])[index])).size;
}

/** Returns the groups below k that remain without an attribute. */
function without({ groups }: AttributeGroups, index: number, k: number): readonly (readonly [string, number])[] {
  const merged = new Map<string, number>();
  for (const [values, items] of groups) {
    const rest = JSON.stringify((JSON.parse(values) as readonly unknown[]).toSpliced(index, 1));
    merged.set(rest, (merged.get(rest) ?? 0) + items);
  }
  return [...merged].filter(([, items]) => items < k);
}
