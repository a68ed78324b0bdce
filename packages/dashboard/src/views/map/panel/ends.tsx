import type { ReactNode } from 'react';
import { formatPercent, plural } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { Duration } from '../../../parts/measure.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import type { MapEdge, MapGraph } from '../graph.ts';
import { failureClass, shareOf, shortRate } from '../numbers.ts';

/** Number of callers or called that are listed. */
const MAX_ENDS = 100;

/** A list of edges by one of their ends, with their numbers. */
export function Ends({
  title,
  edges,
  end,
  graph,
  seconds,
  selected,
  onSelectEdge,
}: {
  readonly title: string;
  readonly edges: readonly MapEdge[];
  readonly end: 'from' | 'to';
  readonly graph: MapGraph;
  readonly seconds: number;
  readonly selected?: string | undefined;
  readonly onSelectEdge: (id: string) => void;
}): ReactNode {
  if (edges.length === 0) return null;
  return (
    <table aria-label={title} className="bt">
      <colgroup>
        {[undefined, 64, 64, 72].map((width, index) => (
          <col key={index} style={width === undefined ? undefined : { width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          <th>
            {title}{' '}
            {edges.length > MAX_ENDS &&
              t('({shown} of {edges})', { shown: MAX_ENDS, edges: plural(edges.length, 'edge') })}
          </th>
          <th className="num">{t('Rate /s')}</th>
          <th className="num">{t('Errors')}</th>
          <th className="num">p95</th>
        </tr>
      </thead>
      <tbody>
        {edges.slice(0, MAX_ENDS).map((edge, index) => (
          <tr key={`${edge.id} ${index}`} className={edge.id === selected ? 'sel' : ''}>
            <td>
              <button type="button" className="row mp-name" onClick={() => onSelectEdge(edge.id)}>
                <ServiceMark
                  service={graph.nodes.get(edge[end])?.name ?? ''}
                  hollow={graph.nodes.get(edge[end])?.isPeer === true}
                />
                <bdi className="cut">{graph.nodes.get(edge[end])?.name}</bdi>
              </button>
            </td>
            <td className="num">{shortRate(edge.calls / seconds)}</td>
            <td className={`num ${failureClass(edge)}`}>
              {formatPercent(shareOf(edge))}
              <span className="u">%</span>
            </td>
            <td className="num">
              <Duration nanos={edge.p95} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
