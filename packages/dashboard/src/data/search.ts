/**
 * All linkable state of the page, as one flat record for all views, so that a link can pass a filter to another view.
 * Unknown or malformed parameters are ignored.
 */
export interface PageSearch {
  /** Length of the time range, such as `30m`. If absent, the default applies. */
  readonly last?: string | undefined;
  /** End of the range in milliseconds, if it is paused or was moved. */
  readonly at?: number | undefined;
  /** An exact range in milliseconds after zooming. Both ends are set, or neither. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Conditions in API syntax, such as `service = checkout`. */
  readonly where?: readonly string[] | undefined;
  /** Free text. */
  readonly text?: string | undefined;
  readonly order?: string | undefined;
  readonly trace?: string | undefined;
  readonly span?: string | undefined;
  /** Search string within a trace. */
  readonly find?: string | undefined;
  /** How a trace is drawn: `flame`, or the waterfall. `table` shows the map as a table. */
  readonly shape?: string | undefined;
  /** `critical` shows the critical path of a trace. */
  readonly path?: string | undefined;
  /** What is compared: `groups` of traces, or `two` traces. */
  readonly compare?: string | undefined;
  /** The selected region of the chart of traces: start, end, shortest and longest duration. */
  readonly box?: string | undefined;
  /** Conditions for a span of the selected traces. */
  readonly select?: readonly string[] | undefined;
  /** `before` compares with earlier traces only. */
  readonly baseline?: string | undefined;
  /** IDs of two traces to compare. */
  readonly a?: string | undefined;
  readonly b?: string | undefined;
  /** Columns of the list of traces or records: `attributes.KEY` or `resource.KEY`. */
  readonly columns?: readonly string[] | undefined;
  readonly service?: string | undefined;
  /** Fingerprint of the selected cause of errors. */
  readonly cause?: string | undefined;
  readonly sort?: string | undefined;
  readonly record?: string | undefined;
  readonly group?: string | undefined;
  /** What is shown of the matching records: `patterns`, or the records. In the view of health, `cpu` or `heap` is a profile. */
  readonly tab?: string | undefined;
  /** What the records around the opened one have in common with it: `service`, `instance` or `trace`. */
  readonly around?: string | undefined;
  readonly metric?: string | undefined;
  /** Aggregates of the metric, one per line of the editor. */
  readonly agg?: readonly string[] | undefined;
  readonly by?: readonly string[] | undefined;
  readonly unit?: string | undefined;
  /** The signal whose senders or attributes are listed, the selected one of them, and the rule that is tried. */
  readonly signal?: string | undefined;
  readonly row?: string | undefined;
  readonly rule?: string | undefined;
  readonly edge?: string | undefined;
  /** The tapped edge of the pipeline, the OTTL condition of its items, and how many are taken: one in this number. */
  readonly tap?: string | undefined;
  readonly filter?: string | undefined;
  readonly take?: string | undefined;
  /** `plain` shows the values of tapped items without masking. */
  readonly values?: string | undefined;
  /** The node in focus on the map. */
  readonly node?: string | undefined;
  /** How much is in focus around the node: `1` or `2` calls, or `up` for all callers. */
  readonly hops?: string | undefined;
  /** The query that was run, and its language. */
  readonly query?: string | undefined;
  readonly lang?: string | undefined;
  /** ID of the saved query. */
  readonly saved?: string | undefined;
  /** ID of the board, and of the panel that fills the view. */
  readonly board?: string | undefined;
  readonly panel?: string | undefined;
  /** `board` edits the board. */
  readonly edit?: string | undefined;
  /** Chosen values of the board's variables: `name=value`. */
  readonly var?: readonly string[] | undefined;
  /** The earlier period to compare with: `range`, `1h`, `1d` or `7d`. */
  readonly previous?: string | undefined;
  /** How many of the largest series are drawn. */
  readonly top?: string | undefined;
}

/** The latest time whose nanoseconds fit into 64 bits, in the year 2262. It is the API's limit. */
export const LAST_MILLIS = 9_223_372_036_000;

const LISTS = ['where', 'agg', 'by', 'select', 'columns', 'var'] as const;
const NUMBERS = ['at', 'from', 'to'] as const;
const TEXTS = [
  'last',
  'text',
  'order',
  'trace',
  'span',
  'find',
  'shape',
  'path',
  'compare',
  'box',
  'baseline',
  'a',
  'b',
  'service',
  'cause',
  'sort',
  'record',
  'group',
  'tab',
  'around',
  'metric',
  'unit',
  'signal',
  'row',
  'rule',
  'edge',
  'tap',
  'filter',
  'take',
  'values',
  'node',
  'hops',
  'query',
  'lang',
  'saved',
  'board',
  'panel',
  'edit',
  'previous',
  'top',
] as const;

/** Parses the router's search parameters. */
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

/** Parses `?where=a&where=b` into a record. A repeated key becomes a list. */
export function parseSearch(text: string): Record<string, string | readonly string[]> {
  const params = new URLSearchParams(text);
  const search: Record<string, string | readonly string[]> = {};
  for (const key of new Set(params.keys())) {
    const values = params.getAll(key);
    search[key] = values.length > 1 ? values : (values[0] ?? '');
  }
  return search;
}

/** Formats search parameters, with a leading `?` unless empty. The inverse of `parseSearch`. */
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    for (const item of [value].flat()) if (item !== undefined && item !== null) params.append(key, String(item));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** Returns the time parameters, which links to other views preserve. */
export function timeOf({ last, at, from, to }: PageSearch): PageSearch {
  return { last, at, from, to };
}

/** Returns the ID of a service's node on the map. */
export function serviceNode(name: string): string {
  return `service ${name}`;
}
