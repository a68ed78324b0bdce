import type { FacetsResponse, LogHistogramResponse } from '@otelier/query';
import { useQueries } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { getBatched } from '../../../data/batch/get-batched.ts';
import { readCondition, replaceField } from '../../../data/conditions.ts';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { formatCount } from '../../../format/number.ts';
import { useLogFilter } from '../use-log-filter.ts';
import { useSettledRange } from '../use-settled-range.ts';
import { Facet } from './facet.tsx';
import { FacetBox } from './facet-box.tsx';
import { type NumericRange, numericRanges, rangeConditions, rangeText } from './numeric-ranges.ts';

type Values = FacetsResponse['facets'][number]['values'];

/** A field with many different numbers: ranges of them with exact counts. Other fields are listed by value. */
export function FieldFacet({
  field,
  name,
  values,
  shown,
  chosen,
}: {
  readonly field: string;
  readonly name: string;
  /** All counted values, and how many of them are listed. */
  readonly values: Values;
  readonly shown: number;
  readonly chosen: boolean;
}): ReactNode {
  const { where = [] } = usePageSearch();
  const isNarrowed = where.some((one) => /^[<>]/.test(ofField(one, field)?.op ?? ''));
  const ranges = chosen ? undefined : numericRanges(values);
  if (ranges === undefined && !isNarrowed)
    return <Facet field={field} name={name} values={values.slice(0, shown)} chosen={chosen} />;
  return <RangeFacet field={field} name={name} ranges={ranges ?? []} values={values.slice(0, shown)} />;
}

function RangeFacet({
  field,
  name,
  ranges,
  values,
}: {
  readonly field: string;
  readonly name: string;
  readonly ranges: readonly NumericRange[];
  readonly values: Values;
}): ReactNode {
  const { where = [] } = usePageSearch();
  const change = useChangeSearch();
  const narrowed = where.filter((one) => ofField(one, field) !== undefined);
  // A chosen range is the only one, whatever the values within it.
  const all = narrowed.length > 0 ? [rangeIn(narrowed, field)] : ranges;
  const counts = useCounts(field, all);
  const total = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const isCounted = counts.every((count) => count !== undefined);
  // Texts of digits are not compared as numbers.
  if (isCounted && total === 0 && narrowed.length === 0) return <Facet field={field} name={name} values={values} />;
  return (
    <section className="lo-facet" aria-label={name}>
      <div className="h">
        <span className="mono cut">{name}</span>
      </div>
      {all.map((range, index) => (
        <FacetBox
          key={rangeText(range)}
          label={rangeText(range)}
          checked={narrowed.length > 0}
          count={counts[index] === undefined ? '' : formatCount(counts[index])}
          share={total === 0 ? 0 : (counts[index] ?? 0) / total}
          onToggle={() =>
            change({
              where: [
                ...replaceField(where, field, undefined),
                ...(narrowed.length > 0 ? [] : rangeConditions(field, range)),
              ],
              record: undefined,
            })
          }
        />
      ))}
    </section>
  );
}

/** Queries the number of records in each range. */
function useCounts(field: string, ranges: readonly NumericRange[]): readonly (number | undefined)[] {
  const filter = useLogFilter();
  const window = useSettledRange();
  const { where = [] } = usePageSearch();
  const results = useQueries({
    queries: ranges.map((range) => {
      const conditions = rangeConditions(field, range);
      const all = [...where.filter((one) => !conditions.includes(one)), ...conditions];
      const params = { ...filter, ...window, where: all, steps: 1 };
      return {
        queryKey: ['/logs/histogram', params],
        queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
          getBatched<LogHistogramResponse>('/logs/histogram', params, signal),
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 120_000,
      };
    }),
  });
  return results.map(({ data }) => data?.total);
}

function ofField(condition: string, field: string): ReturnType<typeof readCondition> {
  const read = readCondition(condition);
  return read?.field === field ? read : undefined;
}

function rangeIn(conditions: readonly string[], field: string): NumericRange {
  const limit = (op: string): number | undefined => {
    const found = conditions.map((one) => ofField(one, field)).find((one) => one?.op === op);
    return found === undefined ? undefined : Number(found.value);
  };
  return { from: limit('>=') ?? limit('>'), to: limit('<') ?? limit('<=') };
}
