import type { JsonValue } from '@otelier/query';
import { formatMillis, millisOf } from '../../../format/time.ts';
import type { QueryResultData } from '../../../query/result.ts';
import { cellText, isNumeric } from '../../../query/series-of-rows.ts';
import type { ValueFormat } from '../../../series/value-format.ts';

/** A table of any result. */
export interface ResultRows {
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly numeric: boolean;
    /** Format of its numbers. Without one, they have all of their digits. */
    readonly format?: ValueFormat;
  }[];
  readonly rows: readonly (readonly JsonValue[])[];
  /** Number of columns that are left out. */
  readonly hiddenColumns: number;
}

/** A table of more columns cannot be read, and takes long to lay out. */
const MAX_COLUMNS = 100;
const text = (name: string) => ({ name, type: '', numeric: false });
const number = (name: string) => ({ name, type: '', numeric: true });

/** Converts a result to rows. */
export function tableOf(result: QueryResultData): ResultRows {
  switch (result.kind) {
    case 'rows':
      return {
        columns: result.columns
          .slice(0, MAX_COLUMNS)
          .map(({ name, type }) => ({ name, type: type.toLowerCase(), numeric: isNumeric(type) })),
        rows: result.rows,
        hiddenColumns: Math.max(0, result.columns.length - MAX_COLUMNS),
      };
    case 'series':
      return tableOfSeries(result.response);
    case 'logs': {
      const rows = result.entries.map(({ timeNanos, line, labels }) => [
        formatMillis(millisOf(timeNanos)),
        labels['service_name'] ?? '',
        labels['detected_level'] ?? '',
        line,
        JSON.stringify(labels),
      ]);
      return { columns: ['time', 'service', 'level', 'line', 'labels'].map(text), rows, hiddenColumns: 0 };
    }
    case 'traces': {
      const rows = result.traces.map((trace) => [
        formatMillis(millisOf(trace.startNanos)),
        trace.traceId,
        trace.rootService,
        trace.rootName,
        trace.durationMillis,
        trace.spans,
        trace.errors,
        trace.matched,
      ]);
      const columns = [
        ...['started', 'trace', 'service', 'root'].map(text),
        ...['ms', 'spans', 'errors', 'found'].map(number),
      ];
      return { columns, rows, hiddenColumns: 0 };
    }
  }
}

/** Returns a row per series, with its last values. */
function tableOfSeries({ series }: Extract<QueryResultData, { kind: 'series' }>['response']): ResultRows {
  const keys = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))];
  const shown = keys.slice(0, MAX_COLUMNS);
  const rows = series.map(({ labels, values }) => {
    const known = values.filter((value) => value !== null);
    const reduce = (pick: (a: number, b: number) => number): JsonValue =>
      known.length === 0 ? null : known.reduce((a, b) => pick(a, b));
    return [
      ...shown.map((key) => labels[key] ?? ''),
      known.at(-1) ?? null,
      reduce(Math.min),
      known.length === 0 ? null : known.reduce((sum, value) => sum + value / known.length, 0),
      reduce(Math.max),
    ];
  });
  const columns = [...shown.map(text), ...['last', 'min', 'mean', 'max'].map(number)];
  return { columns, rows, hiddenColumns: keys.length - shown.length };
}

/** Compares two cells: numbers by size, everything else as text, and nothing last. */
export function compareCells(a: JsonValue | undefined, b: JsonValue | undefined): number {
  const [isEmptyA, isEmptyB] = [a, b].map((value) => value === null || value === undefined || value === '');
  if (isEmptyA || isEmptyB) return Number(isEmptyA) - Number(isEmptyB);
  const [left, right] = [Number(a), Number(b)];
  if (!Number.isNaN(left) && !Number.isNaN(right)) return left - right;
  return cellText(a) < cellText(b) ? -1 : cellText(a) > cellText(b) ? 1 : 0;
}
