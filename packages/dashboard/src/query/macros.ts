/** The time range and step of a query. */
export interface QueryWindow {
  readonly startMillis: number;
  readonly endMillis: number;
  readonly stepMillis: number;
}

/** A query with its macros replaced, and where each part of it comes from. */
export interface ExpandedQuery {
  readonly text: string;
  /** Returns the position in the text that the user wrote. */
  readonly sourceOffset: (offset: number) => number;
}

/** Values of variables by name. Several values are combined as the language requires. */
export type Variables = Readonly<Record<string, readonly string[]>>;

const MACRO =
  /\$__(timeFilter|timeGroup)\(\s*([^(),]+?)\s*(?:,\s*([^()]*?)\s*)?\)|\$__(timeFrom|timeTo)\(\)|\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)\]\]|\$(\w+)/g;
/** Metrics are usually exported once per minute, and a rate needs two points. */
const EXPORT_MILLIS = 60_000;

/**
 * Replaces the macros of Grafana: `$__interval`, `$__rate_interval`, `$__range`, `$__from`, `$__to`, in SQL also
 * `$__timeFilter(column)`, `$__timeGroup(column)`, `$__timeFrom()`, `$__timeTo()`, and variables (`$name`, `${name}`,
 * `${name:regex}`, `[[name]]`). Unknown names stay.
 */
export function expandMacros(source: string, window: QueryWindow, variables: Variables = {}): ExpandedQuery {
  const pieces: { readonly at: number; readonly source: number; readonly isCopied: boolean }[] = [];
  let text = '';
  let read = 0;
  for (const match of source.matchAll(MACRO)) {
    const value = macroValue(match, window, variables);
    if (value === undefined) continue;
    pieces.push({ at: text.length, source: read, isCopied: true });
    text += source.slice(read, match.index);
    pieces.push({ at: text.length, source: match.index, isCopied: false });
    text += value;
    read = match.index + match[0].length;
  }
  pieces.push({ at: text.length, source: read, isCopied: true });
  text += source.slice(read);
  return {
    text,
    sourceOffset(offset) {
      const piece = pieces.findLast(({ at }) => at <= offset);
      if (piece === undefined) return offset;
      return piece.isCopied ? piece.source + offset - piece.at : piece.source;
    },
  };
}

function macroValue(match: RegExpExecArray, window: QueryWindow, variables: Variables): string | undefined {
  const [, call, column = '', argument, bound, braced, format, bracketed, plain] = match;
  const { startMillis, endMillis } = window;
  if (call === 'timeFilter') return `${column} >= ${timestamp(startMillis)} AND ${column} < ${timestamp(endMillis)}`;
  if (call === 'timeGroup') return `time_bucket(INTERVAL '${intervalOf(argument, window)}', ${column})`;
  if (bound !== undefined) return timestamp(bound === 'timeFrom' ? startMillis : endMillis);
  const name = braced ?? bracketed ?? plain ?? '';
  return builtIn(name, window) ?? variable(variables, name, format);
}

function builtIn(name: string, { startMillis, endMillis, stepMillis }: QueryWindow): string | undefined {
  const range = endMillis - startMillis;
  switch (name) {
    case '__interval':
    case '__auto':
      return durationText(stepMillis);
    case '__interval_ms':
      return String(Math.round(stepMillis));
    case '__rate_interval':
      return durationText(Math.max(stepMillis + EXPORT_MILLIS, 2 * EXPORT_MILLIS));
    case '__range':
      return durationText(range);
    case '__range_s':
      return String(Math.round(range / 1000));
    case '__range_ms':
      return String(Math.round(range));
    case '__from':
      return String(Math.round(startMillis));
    case '__to':
      return String(Math.round(endMillis));
    default:
      return undefined;
  }
}

/** Combines the values of a variable: as a regular expression if there are several, or as the format says. */
function variable(variables: Variables, name: string, format: string | undefined): string | undefined {
  const values = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (values === undefined) return undefined;
  switch (format) {
    case 'csv':
      return values.join(',');
    case 'pipe':
      return values.join('|');
    case 'sqlstring':
    case 'singlequote':
      return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',');
    case 'doublequote':
      return values.map((value) => `"${value.replace(/[\\"]/g, '\\$&')}"`).join(',');
    case 'raw':
      return values.join(',');
    default: {
      const [only = ''] = values;
      if (values.length === 1 && format !== 'regex') return only;
      const escaped = values.map((value) =>
        ANY.includes(value) ? value : value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'),
      );
      return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
    }
  }
}

/** The values that match everything in a regular expression. */
const ANY: readonly string[] = ['.*', '.+'];

/** Formats a length of time with units that all languages accept: `15s`, `90s`, `5m`, `250ms`. */
export function durationText(millis: number): string {
  const rounded = Math.max(1, Math.round(millis));
  if (rounded % 3_600_000 === 0) return `${rounded / 3_600_000}h`;
  if (rounded % 60_000 === 0) return `${rounded / 60_000}m`;
  return rounded % 1000 === 0 ? `${rounded / 1000}s` : `${rounded}ms`;
}

function intervalOf(argument: string | undefined, window: QueryWindow): string {
  if (argument === undefined || argument === '' || /^\$__(interval|auto)$/.test(argument)) {
    return `${Math.max(1, Math.round(window.stepMillis))} milliseconds`;
  }
  const [, count, unit] = /^'?(\d+)\s*(ms|s|m|h|d)'?$/.exec(argument) ?? [];
  const units: Readonly<Record<string, string>> = {
    ms: 'milliseconds',
    s: 'seconds',
    m: 'minutes',
    h: 'hours',
    d: 'days',
  };
  return unit === undefined ? argument.replace(/'/g, '') : `${count} ${units[unit]}`;
}

function timestamp(millis: number): string {
  // Dates beyond the range of `Date` are clamped by the API, as all ranges are.
  const date = new Date(Math.min(8.64e15, Math.max(0, millis)));
  return `TIMESTAMP '${date.toISOString().replace('T', ' ').replace('Z', '')}'`;
}
