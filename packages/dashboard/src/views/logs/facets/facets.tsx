import type { FacetsResponse, LogHistogramResponse, ServicesResponse } from '@otelier/query';
import { type ReactNode, useRef, useState } from 'react';
import { attributeField } from '../../../data/conditions.ts';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { t } from '../../../locale/t.ts';
import { Failure } from '../../../parts/failure.tsx';
import { Icon } from '../../../parts/icon.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { usePageWindow } from '../../../time/page-window.tsx';
import { useLogFilter } from '../use-log-filter.ts';
import { useSettledRange } from '../use-settled-range.ts';
import { Facet } from './facet.tsx';
import { numericRanges } from './numeric-ranges.ts';
import { FieldFacet } from './range-facet.tsx';
import { SeverityFacet } from './severity-facet.tsx';

const MAX_FIELDS = 5;
/**
 * Number of values to request for a field: enough to include all services, so that a missing service has no records.
 */
const MAX_VALUES = 500;
/** Number of values to request for an attribute that the user did not select. */
const FEW_VALUES = 5;
/** Number of values to request for the attribute by which records are grouped. */
const MANY_VALUES = 50;
/**
 * Minimum fraction of records that the most frequent value must have. Fields below it, such as IDs, are not suggested.
 */
const MIN_SHARE = 0.05;

/** A breakdown of the matching records by severity, service and the most common attributes. */
export function Facets({ histogram }: { readonly histogram: LogHistogramResponse | undefined }): ReactNode {
  const { group } = usePageSearch();
  const [searchText, setSought] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const { keys, result } = useFacets(group, searchText);
  const services = useServiceNames();
  useKeys(t('View'), [{ press: 'f', does: t('find a field'), hint: t('field'), run: () => field.current?.focus() }]);
  const facets = result.data?.facets ?? [];
  const byService = facets.find((facet) => facet.field === 'service');
  const attributes = facets.filter(
    (facet) =>
      facet.field !== 'service' &&
      (facet.field === group ||
        searchText !== '' ||
        isUseful(facet.values, histogram?.total ?? 0) ||
        numericRanges(facet.values) !== undefined),
  );
  return (
    <aside className="pane br lo-facets" aria-label={t('Fields')}>
      <label className="lo-find bb">
        <Icon name="filter" size={14} />
        <input
          ref={field}
          type="search"
          aria-label={t('Find a field')}
          placeholder={t('Find a field')}
          value={searchText}
          onChange={(event) => setSought(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.stopPropagation();
            setSought('');
            event.currentTarget.blur();
          }}
        />
        <kbd>F</kbd>
      </label>
      <ScrollRegion label={t('Values of fields')}>
        <SeverityFacet histogram={histogram} />
        <Facet field="service" name={t('Service')} values={withMissing(byService?.values, services)} services />
        {attributes.map(({ field: one, values }) => (
          <FieldFacet
            key={one}
            field={one}
            name={one.replace(/^attributes\./, '')}
            values={values}
            shown={one === group ? MANY_VALUES : FEW_VALUES}
            chosen={one === group}
          />
        ))}
        {searchText !== '' && attributes.length === 0 && result.data !== undefined && (
          <p className="groupname">{t('No field with “{searchText}” on these records', { searchText })}</p>
        )}
        {result.failure !== undefined && <Failure failure={result.failure} retry={result.retry} tight />}
        {keys === 0 && histogram !== undefined && histogram.total > 0 && (
          <p className="groupname">{t('These records have no attributes')}</p>
        )}
      </ScrollRegion>
    </aside>
  );
}

function useFacets(group: string | undefined, searchText: string) {
  const filter = useLogFilter();
  const range = useSettledRange();
  const attributes = useApiQuery<FacetsResponse>({ path: '/attributes', params: { ...range, signal: 'logs' } }).data
    ?.facets[0]?.values;
  const wanted = searchText.trim().toLowerCase();
  const keys = (attributes ?? []).filter(({ value }) => value.toLowerCase().includes(wanted)).slice(0, MAX_FIELDS);
  const fields = [
    'service',
    ...new Set([...(group === undefined ? [] : [group]), ...keys.map(({ value }) => attributeField(value))]),
  ];
  const result = useApiQuery<FacetsResponse>({
    path: '/logs/facets',
    params: { ...filter, ...range, field: fields, limit: MAX_VALUES },
  });
  return { keys: attributes?.length, result };
}

function useServiceNames(): readonly string[] {
  const { startMillis, endMillis } = usePageWindow();
  const minute = 60_000;
  const result = useApiQuery<ServicesResponse>({
    path: '/services',
    params: { start: Math.floor(startMillis / minute) * minute, end: Math.ceil(endMillis / minute) * minute },
  });
  return result.data?.services.map((service) => service.service) ?? [];
}

function withMissing(
  values: FacetsResponse['facets'][number]['values'] | undefined,
  names: readonly string[],
): FacetsResponse['facets'][number]['values'] {
  // If not all services were counted, missing ones are unknown.
  if (values === undefined || values.length >= MAX_VALUES) return values ?? [];
  const known = new Set(values.map(({ value }) => value));
  return [...values, ...names.filter((name) => !known.has(name)).map((value) => ({ value, count: 0 }))];
}

/** Reports whether the most frequent values cover enough records for the facet to be useful. */
function isUseful(values: FacetsResponse['facets'][number]['values'], total: number): boolean {
  return values.reduce((sum, { count }) => sum + count, 0) >= total * MIN_SHARE;
}
