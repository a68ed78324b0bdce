import type { ServiceGraphResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { timeOf } from '../../data/search.ts';
import { useApiQuery } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatPercent, formatRate } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Duration, Measure } from '../../parts/measure.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { usePageWindow } from '../../time/page-window.tsx';
import { graphOf, type MapNode } from '../map/graph.ts';
import { useCoveredSeconds } from './use-overview.ts';

/** Least time between queries of a live view, which read all client spans of the range. */
const REFRESH_MILLIS = 15_000;

/**
 * Databases, queues and external hosts that send no telemetry, with the numbers of the calls to them. Each leads to its
 * place on the map.
 */
export function PeerRows({
  filter,
  isReady,
  showsChange,
}: {
  readonly filter: string;
  /** Whether the rest of the table is loaded, which matters more. */
  readonly isReady: boolean;
  readonly showsChange: boolean;
}): ReactNode {
  const peers = usePeers(isReady);
  const seconds = useCoveredSeconds();
  const time = timeOf(usePageSearch());
  const shown = peers.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
  if (shown.length === 0) return null;
  return (
    <tbody className="ov-peers" aria-label={t('Databases and other peers, seen from their callers')}>
      {shown.map((peer) => (
        <tr key={peer.id}>
          <td>
            <Link
              to="/map"
              search={{ ...time, node: peer.id }}
              className="plain"
              title={t('Sends no spans, seen from its callers only')}
            >
              <span className="row">
                <ServiceMark service={peer.name} hollow />
                <bdi className="name cut t2">{peer.name}</bdi>
              </span>
            </Link>
          </td>
          <td className="num">{formatRate(peer.calls / seconds)}</td>
          <td />
          <td className={`num ${peer.errors > 0 ? '' : 't3'}`}>
            <Measure of={{ value: formatPercent(peer.errors / Math.max(1, peer.calls)), unit: '%' }} />
          </td>
          <td />
          <td className="num">
            <Duration nanos={peer.p50} />
          </td>
          <td className="num">
            <Duration nanos={peer.p95} />
          </td>
          <td colSpan={showsChange ? 3 : 2} />
        </tr>
      ))}
    </tbody>
  );
}

/** Queries the peers that were called in the range, those called most first. */
function usePeers(enabled: boolean): readonly MapNode[] {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const { data } = useApiQuery<ServiceGraphResponse>({
    path: '/service-graph',
    params: { start: startMillis, end: endMillis },
    tick: Math.floor(nowMillis / REFRESH_MILLIS),
    enabled,
    batch: true,
  });
  return useMemo(
    () => (data === undefined ? [] : [...graphOf([], data).nodes.values()].filter(({ isPeer }) => isPeer)),
    [data],
  );
}
