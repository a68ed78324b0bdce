import type { MetricSeriesResponse } from '@otelier/query';
import { assignServiceColors, seriesToken, serviceToken } from '../../../data/service-colors.ts';
import type { QueryWindow } from '../../../query/macros.ts';
import type { QueryResultData } from '../../../query/result.ts';
import { cellText, isNumeric, seriesOfRows } from '../../../query/series-of-rows.ts';
import { bridged, held } from '../../../series/bridges.ts';
import { MAX_SERIES, type SeriesLine } from '../../../series/series.ts';
import type { PanelQuery, Reducer, SeriesOverride } from '../model/board.ts';
import { letterOf, overridesOf } from './overrides.ts';

type Series = Pick<MetricSeriesResponse['series'][number], 'labels' | 'values'> &
  Partial<MetricSeriesResponse['series'][number]>;

/** The lines of a panel, and how many there would be. */
export interface PanelSeries {
  readonly lines: readonly SeriesLine[];
  readonly times: MetricSeriesResponse;
  readonly total: number;
}

/** Returns the lines of a panel's results, the largest ones if there are too many. `undefined` if there are none. */
export function panelSeries(
  results: readonly QueryResultData[],
  queries: readonly PanelQuery[],
  window: QueryWindow,
  overrides?: readonly SeriesOverride[],
): PanelSeries | undefined {
  const overridden = overridesOf(overrides);
  const found = results.map((result) => responseOf(result, window));
  const times = found.find((response) => response !== undefined);
  if (times === undefined) return undefined;
  const everything = found.flatMap((response, at) =>
    namesOf(response?.series ?? [], queries[at]?.legend).map(({ name, series }) => {
      const override = overridden(name, at);
      return { at, ...override, series: override.isNegative ? negated(series) : series };
    }),
  );
  const all = everything.filter(({ isHidden }) => !isHidden);
  const shown =
    all.length <= MAX_SERIES
      ? all
      : new Set(all.toSorted((a, b) => sizeOf(b.series.values) - sizeOf(a.series.values)).slice(0, MAX_SERIES));
  // Together, because a service can take the color of one that was assigned before.
  assignServiceColors(all.flatMap(({ series }) => serviceOf(series) ?? []));
  const lines = all
    .filter((one) => !(shown instanceof Set) || shown.has(one))
    .map(({ at, name, token, series }, index): SeriesLine => {
      const service = serviceOf(series);
      const isService = service !== undefined && (name === service || name.endsWith(`/${service}`));
      return {
        key: `${at} ${JSON.stringify(series.labels)}`,
        labels: series.labels,
        name,
        line: letterOf(at),
        aggregate: '',
        values: series.values,
        drawn: bridged(series.values),
        held: held(series.values),
        token: token ?? (isService ? serviceToken(service) : seriesToken(index)),
        width: 1.5,
        dash: undefined,
        exemplars: series.exemplars ?? [],
      };
    });
  return { lines, times, total: all.length };
}

/** Returns the service of a series. A job is the namespace and the name of a service. */
function serviceOf({ labels }: Series): string | undefined {
  return labels['service_name'] ?? labels['job']?.replace(/^.*\//, '');
}

/** A series as one number. */
export interface PanelValue {
  readonly key: string;
  readonly name: string;
  readonly value: number | undefined;
  /** The unit, if it differs from that of the panel. */
  readonly unit: string | undefined;
  readonly trend: readonly (number | null)[];
}

/** Reduces every series of a panel, or every row, to one number. */
export function panelValues(
  results: readonly QueryResultData[],
  queries: readonly PanelQuery[],
  window: QueryWindow,
  reducer: Reducer,
  overrides?: readonly SeriesOverride[],
): readonly PanelValue[] {
  const overridden = overridesOf(overrides);
  return results.flatMap((result, at) =>
    namesOf(seriesLike(result, window), queries[at]?.legend).flatMap(({ name, series }, index) => {
      const { isHidden, unit, name: shown } = overridden(name, at);
      const value = reduced(series.values, reducer);
      return isHidden ? [] : [{ key: `${at} ${index}`, name: shown, value, unit, trend: series.values }];
    }),
  );
}

/** Reduces values to one. Gaps do not count. */
export function reduced(values: readonly (number | null)[], reducer: Reducer): number | undefined {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return undefined;
  switch (reducer) {
    case 'last':
      return known.at(-1);
    case 'min':
      return known.reduce((a, b) => Math.min(a, b));
    case 'max':
      return known.reduce((a, b) => Math.max(a, b));
    case 'sum':
      return known.reduce((a, b) => a + b);
    case 'mean':
      return known.reduce((sum, value) => sum + value / known.length, 0);
  }
}

/** Fills the labels into a legend such as `{{pod}} in {{namespace}}`. */
export function legendText(legend: string, labels: Readonly<Record<string, string>>): string {
  return legend.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (_, label: string) =>
    Object.hasOwn(labels, label) ? (labels[label] ?? '') : '',
  );
}

/** Names series by their legend, or by the labels in which they differ. */
function namesOf<One extends Series>(
  series: readonly One[],
  legend: string | undefined,
): readonly { readonly name: string; readonly series: One }[] {
  if (legend !== undefined && legend !== '') {
    return series.map((one) => ({ name: legendText(legend, one.labels), series: one }));
  }
  const [first] = series;
  const keys = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))];
  const differing = keys.filter((key) => series.some(({ labels }) => labels[key] !== first?.labels[key]));
  const named = differing.length > 0 ? differing : keys.filter((key) => key !== '__name__').slice(0, 3);
  return series.map((one) => {
    const values = named.flatMap((key) => (one.labels[key] === undefined ? [] : [[key, one.labels[key]] as const]));
    const name =
      named.length === 1 ? (values[0]?.[1] ?? '') : values.map(([key, value]) => `${key}=${value}`).join(' ');
    return { name: name === '' ? (one.labels['__name__'] ?? 'all') : name, series: one };
  });
}

function responseOf(result: QueryResultData, window: QueryWindow): MetricSeriesResponse | undefined {
  if (result.kind === 'series') return result.response;
  return result.kind === 'rows' ? seriesOfRows(result, window) : undefined;
}

/** Returns a result as series. Rows without a time are series of one value. */
function seriesLike(result: QueryResultData, window: QueryWindow): readonly Series[] {
  const response = responseOf(result, window);
  if (response !== undefined) return response.series;
  if (result.kind !== 'rows') return [];
  const at = result.columns.findIndex(({ type }) => isNumeric(type));
  if (at < 0) return [];
  return result.rows.slice(0, 200).map((row) => ({
    labels: Object.fromEntries(
      result.columns.flatMap(({ name, type }, index) => (isNumeric(type) ? [] : [[name, cellText(row[index])]])),
    ),
    values: [row[at] === null || row[at] === undefined ? null : Number(row[at])],
  }));
}

function negated<One extends Series>(series: One): One {
  return { ...series, values: series.values.map((value) => (value === null ? null : -value)), exemplars: [] };
}

function sizeOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
}
