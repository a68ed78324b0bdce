import { LIMITS } from '../../api/limits.ts';
import type { Matcher } from '../../promql/labels/matcher.ts';
import { parseDurationMillis } from '../../promql/parse/literals.ts';
import { ALL_FEATURES } from '../../promql/parse/options.ts';
import { parsePromql } from '../../promql/parse/parse.ts';
import { PromqlParseError } from '../../promql/parse/parse-error.ts';
import { readBody } from './body.ts';
import { invalidParameter, PrometheusProblem } from './problem.ts';

/** The parameters of a request: those of the address and, for a POST, of the form in the body. */
export async function readParameters(request: Request): Promise<URLSearchParams> {
  const parameters = new URLSearchParams(new URL(request.url).search);
  const type = request.headers.get('content-type') ?? '';
  if (request.method !== 'POST' || !type.startsWith('application/x-www-form-urlencoded')) return parameters;
  const body = await readBody(request, LIMITS.bodyBytes);
  for (const [name, value] of new URLSearchParams(Buffer.from(body).toString())) parameters.append(name, value);
  return parameters;
}

/** The earliest and latest times, in milliseconds: those whose nanoseconds fit in 64 bits. */
const MIN_MILLIS = -9_223_372_036_000;
const MAX_MILLIS = 9_223_372_036_000;

/** Parses a time in seconds or RFC 3339. Returns milliseconds. */
export function timeOf(parameters: URLSearchParams, name: string, fallback?: number): number {
  const text = parameters.get(name) ?? '';
  if (text === '' && fallback !== undefined) return fallback;
  const seconds = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  const isDate = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text);
  const millis = Number.isFinite(seconds) ? Math.round(seconds * 1000) : isDate ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(millis)) {
    throw invalidParameter(
      name,
      `invalid time value for '${name}': cannot parse ${JSON.stringify(text)} to a valid timestamp`,
    );
  }
  return Math.min(MAX_MILLIS, Math.max(MIN_MILLIS, millis));
}

/** Parses a duration such as `30s`, or a number of seconds. Returns milliseconds. */
export function durationOf(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const seconds = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
  const millis = seconds === undefined ? parseDurationMillis(text) : seconds * 1000;
  if (millis === undefined || Math.abs(millis) > MAX_MILLIS) {
    throw invalidParameter(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
  }
  return millis;
}

/** Parses the maximum number of results; 0 for no limit. */
export function limitOf(parameters: URLSearchParams, name = 'limit'): number {
  const text = parameters.get(name) ?? '';
  if (text === '') return 0;
  if (!/^\d{1,15}$/.test(text))
    throw invalidParameter(name, /^-\d+$/.test(text) ? `${name} must be non-negative` : `${name} must be a number`);
  return Number(text);
}

/** The range of a metadata request, in milliseconds. Prometheus has no default start; ours is a day before the end. */
export function rangeOf(
  parameters: URLSearchParams,
  nowMillis: number,
): { readonly start: number; readonly end: number } {
  const end = timeOf(parameters, 'end', nowMillis);
  const start = timeOf(parameters, 'start', end - DAY_MILLIS);
  if (end < start) throw invalidParameter('end', 'end timestamp must not be before start time');
  return { start, end };
}
const DAY_MILLIS = 86_400_000;

/** Maximum number of `match[]` parameters. */
const MAX_SELECTORS = 100;

/** Parses the `match[]` parameters. */
export function selectorsOf(parameters: URLSearchParams): readonly (readonly Matcher[])[] {
  const texts = parameters.getAll('match[]');
  if (texts.length > MAX_SELECTORS) throw invalidParameter('match[]', `expected at most ${MAX_SELECTORS} selectors`);
  return texts.map((text) => {
    try {
      const expr = parsePromql(text, ALL_FEATURES);
      if (expr.kind === 'selector') return expr.matchers;
    } catch (error) {
      if (!(error instanceof PromqlParseError)) throw error;
      throw invalidParameter('match[]', error.message);
    }
    throw invalidParameter('match[]', `expected a selector, got ${JSON.stringify(text)}`);
  });
}

/** Requires at least one `match[]`. */
export function requiredSelectors(parameters: URLSearchParams): readonly (readonly Matcher[])[] {
  const selectors = selectorsOf(parameters);
  if (selectors.length > 0) return selectors;
  throw new PrometheusProblem('bad_data', 'no match[] parameter provided');
}
