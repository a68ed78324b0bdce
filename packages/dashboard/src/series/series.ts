import type { MetricSeriesResponse } from '@otelier/query';
import { seriesToken, serviceToken } from '../data/service-colors.ts';
import { bridged, held } from './bridges.ts';

/** A line in the chart: one aggregate of one series. */
export interface SeriesLine {
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its name, if it is not named by its labels. */
  readonly name?: string | undefined;
  /** Whether its values are those of an earlier time. */
  readonly earlier?: boolean;
  /** Letter of the editor line, A or B. */
  readonly line: string;
  readonly aggregate: string;
  readonly values: readonly (number | null)[];
  /** Values to draw. The line continues across `undefined`. */
  readonly drawn: readonly (number | null | undefined)[];
  /** The value in effect at each step, which is shown at the cursor. */
  readonly held: readonly (number | null)[];
  readonly token: string;
  readonly width: number;
  readonly dash: readonly number[] | undefined;
  readonly exemplars: MetricSeriesResponse['series'][number]['exemplars'];
}

/** Maximum number of lines that can be told apart. */
export const MAX_SERIES = 12;
const LETTERS = ['A', 'B'];

/**
 * Merges the series of all editor lines. Series with the same labels get the same color, and dashes distinguish
 * aggregates. Lines grouped by service use the service colors; all others use the colors from the last one backwards.
 */
export function mergeSeries(
  aggregates: readonly string[],
  results: readonly (MetricSeriesResponse | undefined)[],
): readonly SeriesLine[] {
  const hues = new Map<string, string>();
  return aggregates.flatMap((aggregate, at) =>
    (results[at]?.series ?? []).slice(0, MAX_SERIES).map((series): SeriesLine => {
      const name = JSON.stringify(series.labels);
      const service = serviceOf(series.labels);
      const token = hues.get(name) ?? (service === undefined ? seriesToken(hues.size) : serviceToken(service));
      hues.set(name, token);
      return {
        key: `${LETTERS[at]} ${name}`,
        labels: series.labels,
        line: LETTERS[at] ?? '',
        aggregate,
        values: series.values,
        drawn: bridged(series.values),
        held: held(series.values),
        token,
        width: at === 0 ? 1.75 : 1.25,
        dash: at === 0 ? undefined : [2, 3],
        exemplars: at === 0 ? series.exemplars : [],
      };
    }),
  );
}

/** Returns the response with only its largest series, by their sum over the range. */
export function largestSeries(response: MetricSeriesResponse, count: number): MetricSeriesResponse {
  if (response.series.length <= count) return response;
  const size = ({ values }: MetricSeriesResponse['series'][number]): number =>
    values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
  const largest = new Set(response.series.toSorted((a, b) => size(b) - size(a)).slice(0, count));
  return { ...response, series: response.series.filter((one) => largest.has(one)) };
}

/** Returns lines of an earlier time, which are drawn in gray behind the present ones. */
export function earlierLines(lines: readonly SeriesLine[]): readonly SeriesLine[] {
  return lines.map((line) => ({
    ...line,
    key: `earlier ${line.key}`,
    earlier: true,
    token: '--text-3',
    width: 1.25,
    dash: [1.5, 3.5],
    exemplars: [],
  }));
}

/** Names of the label that names a service, in the languages and the API. */
const SERVICE_LABELS = ['service', 'service_name', 'service.name', 'resource.service.name'];

/** Returns the service of a series whose only label names it. */
function serviceOf(labels: Readonly<Record<string, string>>): string | undefined {
  const [key, ...others] = Object.keys(labels);
  return key !== undefined && others.length === 0 && SERVICE_LABELS.includes(key) ? labels[key] : undefined;
}

/** Computes the statistics of a line over the whole range. */
export function summaryOf(
  values: readonly (number | null)[],
):
  | { readonly min: number; readonly mean: number; readonly max: number; readonly last: number | undefined }
  | undefined {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return undefined;
  // Divides first, because the sum of very large numbers overflows.
  const mean = known.reduce((sum, value) => sum + value / known.length, 0);
  // In a live range, the last steps may still be empty. A line that ended earlier has no last value.
  const last =
    held(values)
      .slice(-2)
      .findLast((value) => value !== null) ?? undefined;
  return {
    min: known.reduce((min, value) => Math.min(min, value)),
    mean,
    max: known.reduce((max, value) => Math.max(max, value)),
    last,
  };
}
