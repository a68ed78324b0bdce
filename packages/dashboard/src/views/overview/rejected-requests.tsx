import type { PipelineGraph } from '@otelier/query';
import type { ReactNode } from 'react';
import { plural } from '../../format/number.ts';
import { formatAgo } from '../../format/time.ts';
import { rich, t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';

type Rejection = NonNullable<PipelineGraph['nodes'][number]['rejections']>[number];

/** Number of reasons that are shown, the latest ones. */
const SHOWN = 4;

/** The requests that receivers rejected, each with its reason and what to do. */
export function RejectedRequests({
  graph,
  nowMillis,
}: {
  readonly graph: PipelineGraph | undefined;
  readonly nowMillis: number;
}): ReactNode {
  const rejections = (graph?.nodes ?? [])
    .flatMap((node) => node.rejections ?? [])
    .sort((a, b) => b.atMillis - a.atMillis);
  const [latest] = rejections;
  if (latest === undefined) return null;
  const count = rejections.reduce((sum, one) => sum + one.count, 0);
  return (
    <li className="fr-rejected">
      <div className="fr-sight">
        <span className="warn">
          <Icon name="warn" size={14} />
        </span>
        <span className="med">{t('{requests} rejected', { requests: plural(count, 'request') })}</span>
        <span className="t3">{formatAgo(latest.atMillis, nowMillis)}</span>
      </div>
      <ul aria-label={t('Rejected requests')}>
        {rejections.slice(0, SHOWN).map((rejection) => (
          <li key={`${rejection.path} ${rejection.status} ${rejection.reason}`}>
            <Reason rejection={rejection} />
          </li>
        ))}
      </ul>
    </li>
  );
}

function Reason({ rejection: { path, status, reason, count } }: { readonly rejection: Rejection }): ReactNode {
  return (
    <>
      <p>
        <bdi className="mono">{path}</bdi> <span className="t2">{status}</span>
        {count > 1 && <span className="t3"> ×{count}</span>}
      </p>
      <p>
        <bdi>{reason}</bdi>
      </p>
      {status === '415' && (
        <p className="t2">
          {rich('With an SDK, set {variable}', {
            variable: <code className="mono">OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf</code>,
          })}
        </p>
      )}
      {status === '404' && (
        <p className="t2">
          {rich('With an SDK, set {variable} without a path', {
            variable: <code className="mono">OTEL_EXPORTER_OTLP_ENDPOINT</code>,
          })}
        </p>
      )}
    </>
  );
}
