/** The response to a query. */
interface QueryResponse {
  readonly status: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
  readonly data?: { readonly resultType: string; readonly result: readonly Series[] };
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
}

/**
 * Returns the difference between two responses, or `undefined`. Numbers may differ by rounding, because our sums add in
 * another order; the order of series is not compared.
 */
export function differenceOf(expectedBody: unknown, actualBody: unknown): string | undefined {
  const expected = expectedBody as QueryResponse;
  const actual = actualBody as QueryResponse;
  if (expected.status !== actual.status || expected.errorType !== actual.errorType) {
    return `expected ${summary(expected)}, got ${summary(actual)}`;
  }
  if (expected.status === 'error') return undefined;
  for (const kind of ['warnings', 'infos'] as const) {
    const [theirs, ours] = [expected, actual].map((response) => notesOf(response[kind]));
    if (theirs !== ours) return `expected ${kind} ${JSON.stringify(theirs)}, got ${JSON.stringify(ours)}`;
  }
  if (expected.data?.resultType !== actual.data?.resultType) {
    return `expected ${expected.data?.resultType}, got ${actual.data?.resultType}`;
  }
  return resultDifference(expected.data?.result ?? [], actual.data?.result ?? []);
}

/**
 * Returns the comparable annotations. Resets that conflict depend on where Prometheus begins chunks, and only we say where
 * the nearest data points are.
 */
function notesOf(notes: readonly string[] = []): string {
  return notes
    .filter((note) => !note.includes('conflicting counter resets') && !note.startsWith('no results: '))
    .sort()
    .join('; ');
}

function resultDifference(expected: readonly Series[], actual: readonly Series[]): string | undefined {
  const ours = new Map(actual.map((series) => [keyOf(series), series]));
  if (expected.length !== actual.length) return `expected ${expected.length} series, got ${actual.length}`;
  for (const series of expected) {
    const own = ours.get(keyOf(series));
    if (own === undefined) return `expected ${keyOf(series)}, got ${[...ours.keys()].join(' and ').slice(0, 1000)}`;
    const difference = valueDifference({ ...series, metric: null }, { ...own, metric: null });
    if (difference !== undefined) return `${keyOf(series)}: ${difference}`;
  }
  return undefined;
}

function keyOf({ metric }: Series): string {
  return JSON.stringify(Object.entries(metric ?? {}).sort());
}

function valueDifference(expected: unknown, actual: unknown): string | undefined {
  if (typeof expected === 'object' && expected !== null && typeof actual === 'object' && actual !== null) {
    const theirs = Object.entries(expected);
    if (theirs.length !== Object.keys(actual).length) return `expected ${short(expected)}, got ${short(actual)}`;
    for (const [key, value] of theirs) {
      const difference = valueDifference(value, (actual as Record<string, unknown>)[key]);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  return isClose(expected, actual) ? undefined : `expected ${short(expected)}, got ${short(actual)}`;
}

function isClose(expected: unknown, actual: unknown): boolean {
  if (expected === actual) return true;
  const [theirs, ours] = [Number(expected), Number(actual)];
  return Math.abs(theirs - ours) <= TOLERANCE * Math.max(Math.abs(theirs), Math.abs(ours), SMALL);
}

const TOLERANCE = 1e-9;
/** Below this, the difference between two almost equal sums is only rounding. */
const SMALL = 1e-3;

function short(value: unknown): string {
  return JSON.stringify(value).slice(0, 200);
}

function summary({ status, errorType, error, data }: QueryResponse): string {
  if (status === 'error') return `error ${errorType}: ${error}`;
  return `${data?.result.length ?? 0} series`;
}
