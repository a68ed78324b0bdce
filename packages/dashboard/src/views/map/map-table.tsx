import type { ReactNode } from 'react';
import { formatPercent, plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Duration } from '../../parts/measure.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import type { MapGraph } from './graph.ts';
import { failureClass, shareOf, shortRate } from './numbers.ts';

const MAX_ROWS = 300;

/** The calls as a table, most calls first. */
export function MapTable({
  graph,
  seconds,
  edgeId,
  found,
  onSelectEdge,
}: {
  readonly graph: MapGraph;
  readonly seconds: number;
  readonly edgeId: string | undefined;
  readonly found: ReadonlySet<string> | undefined;
  readonly onSelectEdge: (id: string | undefined) => void;
}): ReactNode {
  const edges = graph.edges.filter(({ from, to }) => found === undefined || found.has(from) || found.has(to));
  return (
    <ScrollRegion label={t('Calls between services')}>
      <table aria-label={t('Calls')}>
        <colgroup>
          {[undefined, undefined, 88, 88, 88, 88].map((width, index) => (
            <col key={index} style={width === undefined ? undefined : { width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th>{t('Caller')}</th>
            <th>{t('Called')}</th>
            <th className="num">{t('Rate /s')}</th>
            <th className="num">{t('Errors')}</th>
            <th className="num">p50</th>
            <th className="num">p95</th>
          </tr>
        </thead>
        <tbody>
          {edges.slice(0, MAX_ROWS).map((edge, index) => (
            <tr key={`${edge.id} ${index}`} className={edge.id === edgeId ? 'sel' : ''}>
              <td>
                <button
                  type="button"
                  className="row mp-name"
                  style={{ height: 24 }}
                  aria-pressed={edge.id === edgeId}
                  onClick={() => onSelectEdge(edge.id === edgeId ? undefined : edge.id)}
                >
                  <bdi className="cut">{edge.caller}</bdi>
                </button>
              </td>
              <td>
                <bdi>{edge.called}</bdi> <span className="t3 s11">{edge.peerAttribute}</span>
              </td>
              <td className="num">{shortRate(edge.calls / seconds)}</td>
              <td className={`num ${failureClass(edge)}`}>
                {formatPercent(shareOf(edge))}
                <span className="u">%</span>
              </td>
              <td className="num">
                <Duration nanos={edge.p50} />
              </td>
              <td className="num">
                <Duration nanos={edge.p95} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {edges.length > MAX_ROWS && (
        <p className="t3 s12 mp-says">
          {t('{MAX_ROWS} of {length}', { MAX_ROWS: plural(MAX_ROWS, 'edge'), length: plural(edges.length, 'edge') })}
        </p>
      )}
    </ScrollRegion>
  );
}
