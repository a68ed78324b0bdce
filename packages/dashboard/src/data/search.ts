/**
 * All state of the page that a link should carry. One flat record for every view, so that a view can hand a filter to
 * another by a link. Unknown or malformed parameters are ignored.
 */
export interface PageSearch {
  /** Length of the time range: `30m`. Absent: the default. */
  readonly last?: string | undefined;
  /** End of the range, milliseconds, when it does not follow the clock (paused or moved). */
  readonly at?: number | undefined;
  /** An exact range, milliseconds, after a zoom; both or none. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Conditions as the API takes them: `service = checkout`. */
  readonly where?: readonly string[] | undefined;
  /** Free text. */
  readonly text?: string | undefined;
  readonly order?: string | undefined;
  readonly trace?: string | undefined;
  readonly span?: string | undefined;
  /** Text searched for inside a trace. */
  readonly find?: string | undefined;
  readonly service?: string | undefined;
  readonly sort?: string | undefined;
  readonly record?: string | undefined;
  readonly group?: string | undefined;
  readonly metric?: string | undefined;
  /** Aggregates of the metric, one for each line of the editor. */
  readonly agg?: readonly string[] | undefined;
  readonly by?: readonly string[] | undefined;
  readonly unit?: string | undefined;
  readonly edge?: string | undefined;
}

/** The last time of which nanoseconds fit into 64 bits, in the year 2262; the API takes none beyond it. */
export const LAST_MILLIS = 9_223_372_036_000;

const LISTS = ['where', 'agg', 'by'] as const;
const NUMBERS = ['at', 'from', 'to'] as const;
const TEXTS = [
  'last',
  'text',
  'order',
  'trace',
  'span',
  'find',
  'service',
  'sort',
  'record',
  'group',
  'metric',
  'unit',
  'edge',
] as const;

/** Reads what the router took from the address. */
export function readSearch(raw: Readonly<Record<string, unknown>>): PageSearch {
  const search: Record<string, unknown> = {};
  for (const key of TEXTS) if (typeof raw[key] === 'string' && raw[key] !== '') search[key] = raw[key];
  for (const key of LISTS) {
    const list = [raw[key]].flat().filter((item) => typeof item === 'string' && item !== '');
    if (list.length > 0) search[key] = list;
  }
  for (const key of NUMBERS) {
    const value = Number(raw[key]);
    if (raw[key] !== undefined && value >= 0 && value <= LAST_MILLIS) search[key] = value;
  }
  return search;
}

/** `?where=a&where=b` as a record; a key that is repeated becomes a list. */
export function parseSearch(text: string): Record<string, string | readonly string[]> {
  const params = new URLSearchParams(text);
  const search: Record<string, string | readonly string[]> = {};
  for (const key of new Set(params.keys())) {
    const values = params.getAll(key);
    search[key] = values.length > 1 ? values : (values[0] ?? '');
  }
  return search;
}

/** The inverse of `parseSearch`, with `?` when there is anything. */
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    for (const item of [value].flat()) if (item !== undefined && item !== null) params.append(key, String(item));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** Only what places a view in time: what a link to another view keeps. */
export function timeOf({ last, at, from, to }: PageSearch): PageSearch {
  return { last, at, from, to };
}
