import type { Language } from '../../../query/languages.ts';

/** The version of the form of boards that this page writes. */
export const BOARD_VERSION = 1;
/** Number of columns of a board. */
export const COLUMNS = 12;
/** Height of a row of a board in pixels. */
export const ROW_PIXELS = 36;

/** The cells that a panel covers: columns of twelve, and rows. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** How the result of queries is drawn. */
export const SHAPES = ['lines', 'stacked', 'bars', 'heat', 'stat', 'gauge', 'table', 'list'] as const;
export type Shape = (typeof SHAPES)[number];

/** How the values of a series become one number. */
export const REDUCERS = ['last', 'mean', 'min', 'max', 'sum'] as const;
export type Reducer = (typeof REDUCERS)[number];

/** A value from which on a number is marked. */
export interface Threshold {
  readonly value: number;
  readonly level: 'ok' | 'warn' | 'error';
}

/** A query of a panel. */
export interface PanelQuery {
  readonly text: string;
  /** Name of its series, such as `{{service_name}}`. If absent, series are named by their labels. */
  readonly legend?: string | undefined;
}

/** Colors that a series can be given: those of states, gray, and hues of the page. */
export const SERIES_COLORS = ['ok', 'warn', 'error', 'gray', 'blue', 'cyan', 'purple', 'pink'] as const;
export type SeriesColor = (typeof SERIES_COLORS)[number];

/** How series or columns differ from the others of their panel. */
export interface SeriesOverride {
  /** What `of` is: a name, a regular expression for names, or the letter of a query. */
  readonly by: 'name' | 'pattern' | 'query';
  readonly of: string;
  /** Another name. With a pattern, `$1` is its first group. */
  readonly name?: string | undefined;
  /** UCUM unit, in numbers, gauges and tables. */
  readonly unit?: string | undefined;
  readonly color?: SeriesColor | undefined;
  readonly hidden?: boolean | undefined;
  /** Whether lines are drawn below zero, such as what is sent below what is received. */
  readonly negative?: boolean | undefined;
}

/** What is done to the rows of a table, in this order. Columns have the names that they had before overrides. */
export interface TableRows {
  readonly group?:
    | {
        readonly by: readonly string[];
        readonly values: readonly { readonly column: string; readonly reduce: Reducer | 'count' }[];
      }
    | undefined;
  readonly sort?: { readonly column: string; readonly descending: boolean } | undefined;
  readonly limit?: number | undefined;
}

/** The result of queries in one language. */
export interface QueryPanel {
  readonly kind: 'query';
  readonly language: Language;
  readonly queries: readonly PanelQuery[];
  readonly shape: Shape;
  /** UCUM unit of the values, with `/s` for rates. */
  readonly unit: string;
  readonly reduce: Reducer;
  readonly thresholds: readonly Threshold[];
  /** Whether thresholds are also drawn as lines of a chart. */
  readonly limits: boolean;
  /** Upper end of a gauge. */
  readonly max?: number | undefined;
  /** Of several that match, later ones win. */
  readonly overrides?: readonly SeriesOverride[] | undefined;
  readonly rows?: TableRows | undefined;
}

/** Requests and errors, durations, or both side by side (`red`), of the spans that match. */
export interface RequestsPanel {
  readonly kind: 'requests' | 'durations' | 'red';
  readonly where: readonly string[];
}

/** Number of log records by severity, or their patterns. */
export interface LogsPanel {
  readonly kind: 'logs' | 'patterns';
  readonly where: readonly string[];
  readonly text: string;
}

/** A note with a few marks of Markdown. */
export interface TextPanel {
  readonly kind: 'text';
  readonly text: string;
}

/** A heading over the panels up to the next one. */
export interface RowPanel {
  readonly kind: 'row';
  readonly collapsed: boolean;
}

export type PanelContent = QueryPanel | RequestsPanel | LogsPanel | TextPanel | RowPanel;

/** Shows a panel, or a row with its panels, once for each chosen value of a variable. */
export interface PanelRepeat {
  readonly variable: string;
  readonly direction: 'right' | 'down';
  /** Number of panels beside each other. */
  readonly perRow: number;
}

/** A panel of a board. */
export type Panel = PanelContent & {
  /** Unique on the board. */
  readonly id: string;
  readonly title: string;
  readonly place: Place;
  readonly repeat?: PanelRepeat | undefined;
};

/** Where the values of a variable come from. */
export type VariableSource =
  /** Values of a label of metrics, as the Prometheus API lists them. */
  | { readonly from: 'metrics'; readonly label: string; readonly match?: string | undefined }
  /** Values of a label of logs, as the Loki API lists them. */
  | { readonly from: 'logs'; readonly label: string; readonly match?: string | undefined }
  /** Values of an attribute of spans. */
  | { readonly from: 'spans'; readonly label: string }
  /** Values in the board, such as lengths of time. */
  | { readonly from: 'list'; readonly values: readonly string[] }
  /** A text that the user writes. */
  | { readonly from: 'text' };

/** A variable of a board: `$name` in its queries. */
export interface BoardVariable {
  readonly name: string;
  readonly label: string;
  readonly source: VariableSource;
  /** Whether several values can be chosen. */
  readonly multi: boolean;
  /** Whether all values can be chosen at once. */
  readonly all: boolean;
  /** What all values are in a query, if they are not listed. */
  readonly allValue?: string | undefined;
  /** A regular expression that values match; its first group is the value. */
  readonly pattern?: string | undefined;
  /** Values that are chosen at first. */
  readonly value: readonly string[];
  /** Whether the variable is not shown. */
  readonly hidden: boolean;
}

/** A board as the server keeps it. */
export interface Board {
  readonly version: typeof BOARD_VERSION;
  readonly variables: readonly BoardVariable[];
  readonly panels: readonly Panel[];
}

export const EMPTY_BOARD: Board = { version: BOARD_VERSION, variables: [], panels: [] };

/** Returns an ID that no panel has. */
export function newPanelId(panels: readonly Pick<Panel, 'id'>[]): string {
  const taken = new Set(panels.map(({ id }) => id));
  for (let number = panels.length + 1; ; number += 1) if (!taken.has(`p${number}`)) return `p${number}`;
}

/** Returns the settings of a query panel that are not given. */
export function queryPanel(given: Pick<QueryPanel, 'language' | 'queries'> & Partial<QueryPanel>): QueryPanel {
  return { kind: 'query', shape: 'lines', unit: '', reduce: 'last', thresholds: [], limits: false, ...given };
}
