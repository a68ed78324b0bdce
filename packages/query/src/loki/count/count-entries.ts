import type { CountKey, ItemCount, Store } from '@otelier/store';
import type { LabelMap } from '../../logql/pipeline/entry-labels.ts';
import type { CountedEntries, CountSelection } from '../../logql/source.ts';
import { type Matcher, matches } from '../../promql/labels/matcher.ts';
import { exactLineFilter, storeFilter } from '../model/conditions.ts';
import { resourceLabels } from '../model/entry.ts';
import { detectLevel, LEVEL_LABELS } from '../model/level.ts';
import { LEVEL_LABEL, labelName, SERVICE_LABEL } from '../model/names.ts';

/** Maximum number of counts that are read; a query with more reads the entries. */
const MAX_COUNTS = 20_000;

/**
 * Counts entries by labels without reading them. Returns `undefined` if a filter or label depends on more than the
 * resource, the severity and the service of records.
 */
export async function countEntries(
  store: Store,
  tenant: string,
  selection: CountSelection,
): Promise<readonly CountedEntries[] | undefined> {
  const { labels } = selection;
  const groups = await countGroups(store, tenant, selection);
  return groups?.map(({ step, entries, bytes, labelOf }) => ({
    labels: labels.flatMap((name) => {
      const value = labelOf(name);
      return value === '' ? [] : [[name, value] as const];
    }),
    ...{ step, entries, bytes },
  }));
}

/** The number of entries with the same stream in a step. */
export interface CountedGroup {
  readonly stream: LabelMap;
  readonly step: number;
  readonly entries: number;
  readonly bytes: number;
  /** Returns the value of a label that the selection names, or an empty text. */
  labelOf(name: string): string;
}

/** Counts entries as `countEntries` does. `byStream` makes sure that groups have the labels of their streams. */
export async function countGroups(
  store: Store,
  tenant: string,
  { matchers, lineFilters, labels, start, end, steps, bytes }: CountSelection,
  byStream = false,
): Promise<readonly CountedGroup[] | undefined> {
  const exact = exactLineFilter(lineFilters);
  const names = [...new Set([...labels, ...matchers.map(({ name }) => name)])];
  if (exact === undefined || names.some(isOfRecord)) return undefined;
  const counts = await store.countItems({
    ...{ tenant, start, end, steps, signal: 'logs', limit: MAX_COUNTS, bodies: bytes },
    filter: { kind: 'all', filters: [storeFilter(matchers, []), exact] },
    by: countKeys(names, byStream),
  });
  if (counts === undefined) return undefined;
  const reader = new GroupReader(names);
  const groups = counts.map((count) => reader.groupOf(count));
  if (groups.some((group) => group === undefined)) return undefined;
  return groups.filter((group) => group !== undefined && isSelected(group, matchers)) as readonly CountedGroup[];
}

/** Reports whether a label can have a value of its own in every record. */
function isOfRecord(name: string): boolean {
  return OF_RECORDS.has(name) || name.startsWith('__') || name.endsWith('_extracted');
}

const OF_RECORDS: ReadonlySet<string> = new Set([
  ...['observed_timestamp', 'severity_number', 'severity_text', 'trace_id', 'span_id', 'event_name', 'scope_name'],
]);

function countKeys(names: readonly string[], byStream: boolean): readonly CountKey[] {
  if (names.every((name) => name === SERVICE_LABEL)) return byStream ? ['service', 'resource'] : ['service'];
  const ofLevel = names.includes(LEVEL_LABEL) ? (['severity', 'severityText'] as const) : [];
  return ['service', 'resource', 'attributeKeys', ...ofLevel];
}

function isSelected({ labelOf }: CountedGroup, matchers: readonly Matcher[]): boolean {
  return matchers.every((matcher) => matches(matcher, labelOf(matcher.name)));
}

/** Converts counts to groups. Equal resources and lists of keys are converted once. */
class GroupReader {
  readonly #names: readonly string[];
  readonly #conflicts = new Map<readonly string[], boolean>();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Returns a group, or `undefined` if the attributes of its records can have one of the labels. */
  groupOf(count: ItemCount): CountedGroup | undefined {
    const { stream, metadata } = resourceLabels(count.service, count.resourceAttributes);
    const isUnknown = (name: string): boolean => !stream.has(name) && !metadata.has(name);
    if (this.#names.some(isUnknown) && this.#conflict(count.attributeKeys)) return undefined;
    const level = this.#names.includes(LEVEL_LABEL) ? levelOf(count, stream, metadata) : '';
    if (level === undefined) return undefined;
    return {
      ...{ stream, step: count.step, entries: count.items, bytes: count.bodyBytes },
      labelOf: (name) => stream.get(name) ?? metadata.get(name) ?? (name === LEVEL_LABEL ? level : ''),
    };
  }

  #conflict(keys: readonly string[]): boolean {
    const known = this.#conflicts.get(keys);
    if (known !== undefined) return known;
    const wanted = this.#names.includes(LEVEL_LABEL) ? [...this.#names, ...LEVEL_LABELS] : this.#names;
    const found = keys.map(labelName).some((label) =>
      // The attributes of a nested one are labels whose names begin with its name.
      wanted.some((name) => name === label || name.startsWith(`${label}_`)),
    );
    this.#conflicts.set(keys, found);
    return found;
  }
}

/** Returns the level of records, or `undefined` if it depends on their lines. */
function levelOf(count: ItemCount, stream: LabelMap, metadata: LabelMap): string | undefined {
  const own = metadata.get(LEVEL_LABEL);
  if (own !== undefined) return own;
  const { severityNumber, severityText } = count;
  if (severityNumber <= 0 && severityText === '') return undefined;
  const fields = severityText === '' ? metadata : new Map([['severity_text', severityText], ...metadata]);
  return detectLevel(stream, fields, severityNumber, '');
}
