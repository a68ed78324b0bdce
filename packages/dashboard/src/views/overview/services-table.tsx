import type { RedResponse, Service } from '@otelier/query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { SparkBars, SparkLine } from '../../charts/spark/spark.tsx';
import { serviceNode, timeOf } from '../../data/search.ts';
import { assignServiceColors } from '../../data/service-colors.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { useSteadyOrder } from '../../data/use-steady-order.ts';
import { formatChange, formatPercent, formatRate, plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { FilterField } from '../../parts/filter-field.tsx';
import { SendersLink } from '../../parts/links/senders-link.tsx';
import { Duration, Measure } from '../../parts/measure.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { SortHeader } from '../../parts/sort-header.tsx';
import { useKeys } from '../../shell/keys.ts';
import { useListKeys } from '../../shell/use-list-keys.ts';
import { useHasDayBefore } from '../../time/use-day-before.ts';
import { NoRequests } from './no-requests.tsx';
import { PeerRows } from './peer-rows.tsx';
import { errorClass, errorLevel, errorRate, SERVICE_SORTS, type ServiceSort } from './service-order.ts';
import { useCoveredSeconds, useRed, useServices, useServicesDayBefore } from './use-overview.ts';

type RedSeries = RedResponse['series'][number];

const WIDTHS = [undefined, 64, 80, 64, 68, 66, 68, 68];
/** The last column is wider than the others, by the padding at the end of a row. */
const LAST_WIDTHS = { withChange: [80, 76], withoutChange: [96] };

/** Services with request rate, errors and duration, worst first. */
export function ServicesTable({ selected }: { readonly selected: string | undefined }): ReactNode {
  const result = useServices();
  // Together with the services, not after them.
  const red = useRed('service', 36).data;
  const [filter, setFilter] = useState('');
  const count = result.data?.services.length ?? 0;
  return (
    <Pane
      title={t('Services')}
      note={result.data === undefined ? undefined : t('{services} reporting', { services: plural(count, 'service') })}
      className="bb"
      actions={
        <>
          <SendersLink />
          <FilterField label={t('Filter services')} value={filter} onChange={setFilter} press="f" />
        </>
      }
    >
      <div className="scroll">
        <QueryResult result={result}>
          {({ services }) =>
            services.length === 0 ? (
              <NoRequests what={t('services')} />
            ) : (
              <Rows services={services} red={red} filter={filter} selected={selected} />
            )
          }
        </QueryResult>
      </div>
    </Pane>
  );
}

function Rows({
  services,
  red,
  filter,
  selected,
}: {
  readonly services: readonly Service[];
  /** The requests of each service over time; `undefined` until they are loaded. */
  readonly red: RedResponse | undefined;
  readonly filter: string;
  readonly selected: string | undefined;
}): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const navigate = useNavigate();
  const box = useRef<HTMLTableElement>(null);
  const hasDayBefore = useHasDayBefore();
  // After the rest of the table, because the comparison can wait.
  const before = useServicesDayBefore(hasDayBefore === true && red !== undefined).data;
  // The column keeps its place while it is not known whether it is needed.
  const showsChange = hasDayBefore !== false;
  const sort: ServiceSort =
    search.sort !== undefined && Object.hasOwn(SERVICE_SORTS, search.sort) ? (search.sort as ServiceSort) : 'errors';
  const shown = useMemo(() => {
    assignServiceColors(services.map((service) => service.service).sort());
    return services.filter((service) => service.service.toLowerCase().includes(filter.toLowerCase()));
  }, [services, filter]);
  const { rows, handlers } = useSteadyOrder(shown, nameOf, SERVICE_SORTS[sort], sort);
  const series = useMemo(() => new Map(red?.series.map((one) => [one.key, one])), [red]);
  const p95Before = useMemo(() => new Map(before?.services.map((service) => [service.service, service.p95])), [before]);
  const select = (service: string | undefined): void => change({ service }, 'replace');
  const open = (service: string): void =>
    void navigate({ to: '/services/$name', params: { name: service }, search: timeOf(search) } as never);
  useListKeys({
    what: t('service'),
    count: rows.length,
    index: rows.findIndex((row) => row.service === selected),
    onIndex: (index) => select(rows[index]?.service),
    onOpen: (index) => open(rows[index]?.service ?? ''),
    rows: { box, row: 'tbody button' },
  });
  const showOnMap = (service: string): void =>
    void navigate({ to: '/map', search: { ...timeOf(search), node: serviceNode(service) } } as never);
  useKeys(
    t('Services'),
    selected === undefined
      ? []
      : [
          { press: 'a', does: t('show the service on the map'), hint: t('map'), run: () => showOnMap(selected) },
          { press: 'Escape', does: t('show all services'), run: () => select(undefined) },
        ],
  );
  return (
    <table {...handlers} ref={box} className="ov-services" aria-label={t('Services')}>
      <colgroup>
        {[...WIDTHS, ...LAST_WIDTHS[showsChange ? 'withChange' : 'withoutChange']].map((width, index) => (
          <col key={index} style={width === undefined ? undefined : { width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          <SortHeader name={t('Service')} by="name" sort={sort} />
          <SortHeader name={t('Rate /s')} by="rate" sort={sort} num />
          <th aria-label={t('Rate over time')} />
          <SortHeader name={t('Errors')} by="errors" sort={sort} num />
          <th aria-label={t('Errors over time')} />
          <th className="num">p50</th>
          <SortHeader name="p95" by="p95" sort={sort} num />
          <th className="num">p99</th>
          <th aria-label={t('p95 over time')} />
          {showsChange && (
            <th className="num" title={t('p95 compared with the same range on the previous day')}>
              {t('vs. 24 h')}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((service) => (
          <ServiceRow
            key={service.service}
            service={service}
            series={series.get(service.service)}
            p95Before={showsChange ? (p95Before.get(service.service) ?? 0) : undefined}
            selected={service.service === selected}
            onSelect={() => select(service.service === selected ? undefined : service.service)}
            onOpen={() => open(service.service)}
          />
        ))}
      </tbody>
      <PeerRows filter={filter} isReady={red !== undefined} showsChange={showsChange} />
    </table>
  );
}

function ServiceRow({
  service,
  series,
  p95Before,
  selected,
  onSelect,
  onOpen,
}: {
  readonly service: Service;
  readonly series: RedSeries | undefined;
  /** 0 if unknown, `undefined` if it is not shown. */
  readonly p95Before: number | undefined;
  readonly selected: boolean;
  readonly onSelect: () => void;
  readonly onOpen: () => void;
}): ReactNode {
  const seconds = useCoveredSeconds();
  const share = errorRate(service);
  const level = errorLevel(share);
  return (
    <tr className={selected ? 'sel' : ''} onDoubleClick={onOpen}>
      <td>
        <button
          type="button"
          className="row"
          style={{ width: '100%', height: 24 }}
          aria-pressed={selected}
          onClick={onSelect}
          title={t('Show only this service; double click or Enter opens it')}
        >
          <ServiceMark service={service.service} />
          <span className="name cut">{service.service}</span>
          <span className="t3 s11">{service.version}</span>
        </button>
      </td>
      <td className="num">{formatRate(service.requests / seconds)}</td>
      <td className="sp">{series !== undefined && <SparkLine values={trimmed(series.requests)} width={72} />}</td>
      <td className={`num ${errorClass(level, share)}`}>
        {service.requests > 0 ? <Measure of={{ value: formatPercent(share), unit: '%' }} /> : '—'}
      </td>
      <td className="sp">
        {series !== undefined && (
          <SparkBars
            values={halved(series.errors)}
            width={60}
            color={level === 'bad' ? 'var(--error-fill)' : level === 'poor' ? 'var(--warn-fill)' : 'var(--text-3)'}
          />
        )}
      </td>
      <td className="num">
        <Duration nanos={quantileOf(service, 'p50')} />
      </td>
      <td className="num">
        <Duration nanos={quantileOf(service, 'p95')} />
      </td>
      <td className="num t2">
        <Duration nanos={quantileOf(service, 'p99')} />
      </td>
      <td className="sp">{series !== undefined && <SparkLine values={trimmed(series.p95)} width={72} />}</td>
      {p95Before !== undefined && <Change p95={quantileOf(service, 'p95')} before={p95Before} />}
    </tr>
  );
}

/** How many times as long the requests take as the day before. */
function Change({
  p95 = Number.NaN,
  before,
}: {
  readonly p95: number | undefined;
  readonly before: number;
}): ReactNode {
  const times = before > 0 ? p95 / before : 0;
  return <td className={`num ${times >= 2 ? 'strong' : times >= 1.5 ? '' : 't3'}`}>{formatChange(p95, before)}</td>;
}

/**
 * Returns a quantile of a service's durations. A service without requests has none, because showing 0 would look good.
 */
function quantileOf(service: Service, which: 'p50' | 'p95' | 'p99'): number | undefined {
  return service.requests > 0 ? service[which] : undefined;
}

const nameOf = (service: Service): string => service.service;

/** Removes the last step, which is incomplete and would look like a drop. */
function trimmed(values: readonly (number | null)[]): readonly (number | null)[] {
  return values.slice(0, -1);
}

/** Merges adjacent steps in pairs, for wider bars. */
function halved(values: readonly number[]): readonly number[] {
  return Array.from(
    { length: Math.ceil(values.length / 2) },
    (_, index) => (values[index * 2] ?? 0) + (values[index * 2 + 1] ?? 0),
  );
}
