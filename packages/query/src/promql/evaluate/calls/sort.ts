import { compareBytes, compareLabels } from '../../labels/labels.ts';
import type { Context } from '../context.ts';
import { POINT, type StepSeries } from '../series.ts';
import type { InstantCall } from './instant-call.ts';

/** Sorts series by their value or labels. In range queries, results are ordered by labels, so that it has no effect. */
export function sortSeries(
  context: Context,
  { call, vectors: [series = []], strings }: InstantCall,
): readonly StepSeries[] {
  if (!context.isInstant) {
    context.annotations.warn('sort is ineffective for range queries since results are always ordered by labels', call);
  }
  const direction = call.name.endsWith('_desc') ? -1 : 1;
  if (call.name.startsWith('sort_by_label')) {
    return series.toSorted((a, b) => direction * compareByLabels(a, b, strings));
  }
  const floats = context.isInstant
    ? series.filter(({ kinds }) => kinds[0] === POINT.float)
    : series.flatMap(onlyFloats);
  if (!context.isInstant) return floats;
  return floats.toSorted((a, b) => compareValues(a.values[0] ?? 0, b.values[0] ?? 0, direction));
}

function onlyFloats(series: StepSeries): readonly StepSeries[] {
  if (series.histograms === undefined) return [series];
  const kinds = series.kinds.map((kind) => (kind === POINT.float ? kind : POINT.none));
  return kinds.includes(POINT.float) ? [{ ...series, kinds, histograms: undefined }] : [];
}

/** NaN sorts last in both directions. */
function compareValues(a: number, b: number, direction: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : direction * (a < b ? -1 : 1);
}

function compareByLabels(a: StepSeries, b: StepSeries, names: readonly string[]): number {
  for (const name of names) {
    const order = compareNaturally(a.labels.get(name), b.labels.get(name));
    if (order !== 0) return order;
  }
  return compareLabels(a.labels, b.labels);
}

/** Compares texts so that numbers in them are in numeric order: `a2` before `a10`. */
export function compareNaturally(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [chunks(a), chunks(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [x = '', y = ''] = [left[index], right[index]];
    if (x === y) continue;
    const [isNumberX, isNumberY] = [/^\d/.test(x), /^\d/.test(y)];
    if (isNumberX !== isNumberY) return isNumberX ? -1 : 1;
    if (!isNumberX) return compareBytes(x, y);
    const order = compareNumerals(x, y);
    if (order !== 0) return order;
  }
  return left.length - right.length || compareBytes(a, b);
}

function chunks(text: string): string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

function compareNumerals(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return x.length - y.length || compareBytes(x, y);
}
