import type { ReactNode } from 'react';
import { plural } from '../../../format/number.ts';
import { formatDuration } from '../../../format/quantity.ts';
import { t } from '../../../locale/t.ts';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { operationAt, type TraceTree } from '../trace-tree.ts';
import type { CriticalPath } from './critical-path.ts';

const MAX_SERVICES = 4;

/** What the critical path consists of: the time of each service, which sums up to the duration of the trace. */
export function PathSummary({ tree, path }: { readonly tree: TraceTree; readonly path: CriticalPath }): ReactNode {
  const services = new Map<string, number>();
  for (const [index, nanos] of path.nanos) {
    const service = operationAt(tree, index)?.service ?? '';
    services.set(service, (services.get(service) ?? 0) + nanos);
  }
  const sorted = [...services].filter(([, nanos]) => nanos > 0).sort((a, b) => b[1] - a[1]);
  const rest = sorted.slice(MAX_SERVICES).reduce((sum, [, nanos]) => sum + nanos, 0);
  const spans = [...path.nanos.values()].filter((nanos) => nanos > 0).length;
  return (
    <section className="tr-path" aria-label={t('Critical path')}>
      <span className="t2 nowrap">
        {t('Waited {duration} for {spans} on the critical path:', {
          duration: formatDuration(path.totalNanos),
          spans: plural(spans, 'span'),
        })}
      </span>
      {sorted.slice(0, MAX_SERVICES).map(([service, nanos]) => (
        <span key={service} className="row nowrap" style={{ gap: 6 }}>
          <ServiceMark service={service} />
          {service}
          <b>{formatDuration(nanos)}</b>
        </span>
      ))}
      {rest > 0 && <span className="t2 nowrap">{t('others {duration}', { duration: formatDuration(rest) })}</span>}
    </section>
  );
}
