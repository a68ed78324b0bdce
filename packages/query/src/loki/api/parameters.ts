import { parseDurationMillis } from '../../promql/parse/literals.ts';
import { LokiProblem } from './problem.ts';

const HOUR_NANOS = 3_600_000_000_000n;
const NANOS_PER_MILLI = 1_000_000n;

/** Parses a time: nanoseconds, seconds with a fraction or at most ten digits, or RFC 3339. */
export function parseTime(text: string, name: string): bigint {
  if (/^-?\d{1,19}$/.test(text)) return text.length <= 10 ? BigInt(text) * 1_000_000_000n : BigInt(text);
  if (/^-?\d{1,11}\.\d*(e[+-]?\d{1,2})?$/i.test(text)) return BigInt(Math.round(Number(text) * 1000)) * NANOS_PER_MILLI;
  const date = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  const millis = date === null ? Number.NaN : Date.parse(`${date[1]}${date[3]}`);
  if (date === null || Number.isNaN(millis)) {
    throw new LokiProblem(400, `could not parse '${name}' parameter: cannot parse ${JSON.stringify(text)} as a time`);
  }
  return BigInt(millis) * NANOS_PER_MILLI + BigInt((date[2] ?? '').padEnd(9, '0'));
}

/** The range of a query, in nanoseconds. By default, it is the last hour. */
export function boundsOf(
  parameters: URLSearchParams,
  nowMillis: number,
  defaultSince = HOUR_NANOS,
): { readonly start: bigint; readonly end: bigint } {
  const now = BigInt(Math.trunc(nowMillis)) * NANOS_PER_MILLI;
  const [startText, endText] = [parameters.get('start') ?? '', parameters.get('end') ?? ''];
  const end = endText === '' ? now : parseTime(endText, 'end');
  if (startText !== '') return { start: parseTime(startText, 'start'), end };
  const sinceText = parameters.get('since') ?? '';
  const sinceMillis = sinceText === '' ? undefined : parseDurationMillis(sinceText);
  if (sinceText !== '' && sinceMillis === undefined) {
    throw new LokiProblem(400, `could not parse 'since' parameter: not a valid duration string: ${quoted(sinceText)}`);
  }
  const since = sinceMillis === undefined ? defaultSince : BigInt(Math.trunc(sinceMillis)) * NANOS_PER_MILLI;
  return { start: (end > now ? now : end) - since, end };
}

/** Parses a duration such as `30s`, or a number of seconds. Returns nanoseconds. */
export function durationOf(parameters: URLSearchParams, name: string): bigint | undefined {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
  const millis = isNumber ? Number(text) * 1000 : parseDurationMillis(text);
  if (millis === undefined || Math.abs(millis) > MAX_MILLIS) {
    throw new LokiProblem(400, `cannot parse ${quoted(text)} to a valid duration`);
  }
  return BigInt(Math.trunc(millis * 1000)) * 1000n;
}
const MAX_MILLIS = 9_223_372_036_000;

/** Parses a number of results, which must be positive. */
export function limitOf(parameters: URLSearchParams, name: string, fallback: number, maximum: number): number {
  const text = parameters.get(name) ?? '';
  if (text === '') return fallback;
  if (!/^[+-]?\d{1,18}$/.test(text)) {
    throw new LokiProblem(400, `strconv.Atoi: parsing ${quoted(text)}: invalid syntax`);
  }
  const limit = Number(text);
  if (limit <= 0) throw new LokiProblem(400, `${name} must be a positive value`);
  if (limit <= maximum) return limit;
  throw new LokiProblem(
    400,
    `max entries limit per query exceeded, ${name} > max_entries_limit (${limit} > ${maximum})`,
  );
}

export function directionOf(parameters: URLSearchParams): 'forward' | 'backward' {
  const text = (parameters.get('direction') ?? '').toLowerCase();
  if (text === '' || text === 'backward') return 'backward';
  if (text === 'forward') return 'forward';
  throw new LokiProblem(400, `invalid direction '${parameters.get('direction')}'`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
