import type { RoutesResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { useSteadyOrder } from '../../data/use-steady-order.ts';
import { formatPercent, formatRate } from '../../format/number.ts';
import { msg, t } from '../../locale/t.ts';
import { Duration } from '../../parts/measure.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { Segmented } from '../../parts/segmented.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { NoRequests } from './no-requests.tsx';
import { errorClass, errorLevel, errorRate } from './service-order.ts';
import { useCoveredSeconds, useRoutes } from './use-overview.ts';

type Route = RoutesResponse['routes'][number];
type RouteSort = 'share' | 'p95' | 'errors';

const SORTS: Readonly<
  Record<RouteSort, { readonly label: string; readonly note: string; readonly compare: (a: Route, b: Route) => number }>
> = {
  share: {
    label: msg('Time share'),
    note: msg('by share of the total time'),
    compare: (a, b) => b.timeShare - a.timeShare,
  },
  p95: { label: 'p95', note: msg('by 95th percentile'), compare: (a, b) => b.p95 - a.p95 },
  errors: {
    label: msg('Errors'),
    note: msg('by share of errors'),
    compare: (a, b) =>
      errorRate({ requests: b.calls, errors: b.errors }) - errorRate({ requests: a.calls, errors: a.errors }),
  },
};

/** A service's routes by total time. */
export function RoutesTable({ service }: { readonly service: string | undefined }): ReactNode {
  const result = useRoutes(service);
  const [sort, setSort] = useState<RouteSort>('share');
  return (
    <Pane
      title={t('Slow routes')}
      note={t(SORTS[sort].note)}
      actions={
        <span className="push">
          <Segmented
            label={t('Sort routes by')}
            value={sort}
            options={(Object.keys(SORTS) as RouteSort[]).map((value) => ({ value, label: t(SORTS[value].label) }))}
            onChange={setSort}
          />
        </span>
      }
    >
      <div className="scroll">
        <QueryResult result={result}>
          {({ routes }) =>
            routes.length === 0 ? <NoRequests what={t('requests')} /> : <Rows routes={routes} sort={sort} />
          }
        </QueryResult>
      </div>
    </Pane>
  );
}

function Rows({ routes, sort }: { readonly routes: readonly Route[]; readonly sort: RouteSort }): ReactNode {
  const { rows, handlers } = useSteadyOrder(routes, keyOf, SORTS[sort].compare, sort);
  const seconds = useCoveredSeconds();
  const time = timeOf(usePageSearch());
  const largest = routes.reduce((max, route) => Math.max(max, route.timeShare), 1e-9);
  const marked = (by: RouteSort): string => (by === sort ? 'sort' : '');
  return (
    <table {...handlers} className="ov-routes" aria-label={t('Slow routes')}>
      <colgroup>
        {[undefined, 152, 72, 76, 76, 76, 176].map((width, index) => (
          <col key={index} style={width === undefined ? undefined : { width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          <th>{t('Route')}</th>
          <th>{t('Service')}</th>
          <th className="num">{t('Calls /s')}</th>
          <th className="num">
            <span className={marked('p95')}>p95</span>
          </th>
          <th className="num">p99</th>
          <th className="num">
            <span className={marked('errors')}>{t('Errors')}</span>
          </th>
          <th style={{ paddingLeft: 24 }}>
            <span className={marked('share')}>{t('Share of time')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((route) => {
          const share = errorRate({ requests: route.calls, errors: route.errors });
          return (
            <tr key={keyOf(route)}>
              <td>
                <Link
                  to="/traces"
                  search={{ ...time, where: [`service = ${route.service}`, `name = ${route.name}`], order: 'duration' }}
                  className="mono"
                  style={{ color: 'inherit' }}
                >
                  <RouteName name={route.name} />
                </Link>
              </td>
              <td>
                <span className="row">
                  <ServiceMark service={route.service} />
                  <span className="cut">{route.service}</span>
                </span>
              </td>
              <td className="num">{formatRate(route.calls / seconds)}</td>
              <td className="num">
                <Duration nanos={route.p95} />
              </td>
              <td className="num t2">
                <Duration nanos={route.p99} />
              </td>
              <td className={`num ${errorClass(errorLevel(share), share)}`}>
                {formatPercent(share)}
                <span className="u">%</span>
              </td>
              <td style={{ paddingLeft: 24 }}>
                <span className="row">
                  <i className="bar" style={{ width: Math.max(2, (route.timeShare / largest) * 96) }} />
                  <span className="t2">
                    {route.timeShare < 0.01 ? '< 1' : formatPercent(route.timeShare, 0)}
                    <span className="u">%</span>
                  </span>
                </span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** A route name with its method in gray. */
function RouteName({ name }: { readonly name: string }): ReactNode {
  const match = /^([A-Z]{3,7}) (.+)$/.exec(name);
  if (match === null) return name;
  return (
    <>
      <span className="t3">{match[1]?.padEnd(4, ' ')}</span> {match[2]}
    </>
  );
}

const keyOf = (route: Route): string => `${route.service}\n${route.name}`;
