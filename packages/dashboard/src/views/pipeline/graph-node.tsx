import type { PipelineGraph, PipelineNode } from '@otelier/query';
import type { ReactNode } from 'react';
import { droppedRates, sentRate } from '../../data/pipeline/pipeline-stats.ts';
import { formatPercent } from '../../format/number.ts';
import { formatBytes } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { itemRate } from './edge-labels.ts';
import type { PlacedNode } from './layout.ts';

/**
 * A component. Intentionally dropped items leave downwards, with the reason. An exporter that loses items shows them in
 * red above.
 */
export function GraphNode({
  node,
  members,
  latest,
  before,
  rate,
  isShort,
}: {
  readonly node: PlacedNode;
  readonly members: readonly PipelineNode[];
  readonly latest: PipelineGraph;
  readonly before: PipelineGraph | undefined;
  readonly rate: number;
  /** Whether there is no space for the queue of an exporter. */
  readonly isShort: boolean;
}): ReactNode {
  const problem = members.find((member) => member.problem)?.problem;
  const queue = queueOf(members);
  const left = members.flatMap((member) => droppedRates(latest, before, member.id)).filter((one) => one.perSecond > 0);
  const exporter = node.kind === 'exporter';
  // Items still in a queue have not been sent.
  const sent =
    sentRate(
      latest,
      before,
      members.map(({ id }) => id),
    ) ?? rate;
  return (
    <>
      <div
        className={`pi-node ${exporter ? 'tall' : ''} ${problem ? 'w' : ''}`}
        style={{ left: node.x, top: node.y, width: node.width, height: node.height }}
      >
        <div className="nm">
          <span className="cut">{node.title}</span>
          {problem && (
            <span className="push warn row">
              <Icon name="warn" size={13} />
            </span>
          )}
        </div>
        <div className="sb cut">{problem ? <span className="warn">{problem}</span> : node.summary}</div>
        {exporter && !isShort && (
          <>
            <div className="q">
              {members.some((member) => member.type === 'store') ? t('written') : t('sent')}
              <span />
              <b className="med">{itemRate(sent)} /s</b>
            </div>
            {queue !== undefined && (
              <div className="q">
                {t('queue')}
                <div
                  className="meter"
                  role="meter"
                  aria-label={t('Queue of {exporter}', { exporter: node.title })}
                  aria-valuemin={0}
                  aria-valuemax={queue.limitBytes}
                  aria-valuenow={queue.sizeBytes}
                >
                  <i
                    style={{
                      width: `${Math.min(100, queue.share * 100)}%`,
                      background: problem ? 'var(--warn-fill)' : undefined,
                    }}
                  />
                </div>
                <span
                  title={t('{size} of {limit}', {
                    size: formatBytes(queue.sizeBytes),
                    limit: formatBytes(queue.limitBytes),
                  })}
                >
                  {formatPercent(queue.share, queue.share < 0.1 ? 1 : 0)} %
                </span>
              </div>
            )}
          </>
        )}
      </div>
      {left.length > 0 && <Leaving node={node} reasons={left} lost={exporter} />}
    </>
  );
}

function Leaving({
  node,
  reasons,
  lost,
}: {
  readonly node: PlacedNode;
  readonly reasons: readonly { readonly reason: string; readonly perSecond: number }[];
  readonly lost: boolean;
}): ReactNode {
  return (
    <div
      className={`pi-left ${lost ? 'err' : ''}`}
      style={{ left: node.x, width: node.width, top: lost ? node.y - 20 : node.y + node.height + 1 }}
    >
      {!lost && (
        <svg width="9" height="15" aria-hidden="true">
          <path d="M4.5 0v13m-3 -4l3 4l3 -4" fill="none" stroke="var(--text-3)" strokeWidth="1.25" />
        </svg>
      )}
      <span className="words">
        {reasons.map(({ reason, perSecond }) => (
          <span key={reason}>
            <b className="med">{itemRate(perSecond)}</b> {reason}
          </span>
        ))}
      </span>
    </div>
  );
}

function queueOf(
  members: readonly PipelineNode[],
): { readonly sizeBytes: number; readonly limitBytes: number; readonly share: number } | undefined {
  const queues = members.flatMap((member) =>
    member.queue === undefined || member.queue === null ? [] : [member.queue],
  );
  if (queues.length === 0) return undefined;
  const sizeBytes = queues.reduce((total, queue) => total + queue.sizeBytes, 0);
  const limitBytes = queues.reduce((total, queue) => total + queue.limitBytes, 0);
  return { sizeBytes, limitBytes, share: limitBytes > 0 ? sizeBytes / limitBytes : 0 };
}
