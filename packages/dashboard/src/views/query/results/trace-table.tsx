import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { formatCount } from '../../../format/number.ts';
import { formatMillis, millisOf } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { Duration } from '../../../parts/measure.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import type { FoundTrace } from '../../../query/result.ts';

/** Traces that a query found. Each opens in the traces view. */
export function TraceTable({ traces }: { readonly traces: readonly FoundTrace[] }): ReactNode {
  const time = timeOf(usePageSearch());
  return (
    <ScrollRegion className="qu-table" label={t('Traces')}>
      <table aria-label={t('Traces found')}>
        <colgroup>
          <col style={{ width: 128 }} />
          <col style={{ width: 160 }} />
          <col />
          <col style={{ width: 88 }} />
          <col style={{ width: 88 }} />
          <col style={{ width: 88 }} />
          <col style={{ width: 104 }} />
        </colgroup>
        <thead>
          <tr>
            <th>{t('Started')}</th>
            <th>{t('Service')}</th>
            <th>{t('Root')}</th>
            <th className="num">{t('Found')}</th>
            <th className="num">{t('Spans')}</th>
            <th className="num">{t('Errors')}</th>
            <th className="num">{t('Duration')}</th>
          </tr>
        </thead>
        <tbody>
          {traces.map((trace) => (
            <tr key={trace.traceId}>
              <td>
                <Link to="/traces" search={{ ...time, trace: trace.traceId }}>
                  <span className="unseen">{t('Open trace {name}, started', { name: trace.rootName })} </span>
                  {formatMillis(millisOf(trace.startNanos))}
                </Link>
              </td>
              <td>
                <span className="row">
                  <ServiceMark service={trace.rootService} />
                  <span className="cut">{trace.rootService}</span>
                </span>
              </td>
              <td>{trace.rootName}</td>
              <td className="num t2">{formatCount(trace.matched)}</td>
              <td className="num t2">{formatCount(trace.spans)}</td>
              <td className={`num ${trace.errors > 0 ? 'err' : 't3'}`}>{formatCount(trace.errors)}</td>
              <td className="num">
                <Duration nanos={trace.durationMillis * 1e6} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
