import type { ReactNode } from 'react';
import { plural } from '../../../format/number.ts';
import { formatDuration } from '../../../format/quantity.ts';
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
    <section className="tr-path" aria-label="Critical path">
      <span className="t2 nowrap">
        Waited {formatDuration(path.totalNanos)} for {plural(spans, 'span')} on the critical path:
      </span>
      {sorted.slice(0, MAX_SERVICES).map(([service, nanos]) => (
        <span key={service} className="row nowrap" style={{ gap: 6 }}>
          <ServiceMark service={service} />
          {service}
          <b>{formatDuration(nanos)}</b>
        </span>
      ))}
      {rest > 0 && <span className="t2 nowrap">others {formatDuration(rest)}</span>}
    </section>
  );
}
