import type { ConfigurationText, DraftReport, DryRunReport } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { formatRate } from '../../../format/number.ts';
import { msg, t } from '../../../locale/t.ts';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { type MergedNode, type MergedPipeline, mergePipelines, type NodeState } from './merged-pipelines.ts';

/** The pipelines of the draft downwards, one column each: what is added, removed and restarted, and what runs through. */
export function DraftGraph({
  config,
  checked,
  report,
}: {
  readonly config: ConfigurationText;
  readonly checked: DraftReport | undefined;
  /** The last dry run, of this text or an earlier one. */
  readonly report: DryRunReport | undefined;
}): ReactNode {
  const pipelines = useMemo(
    () => mergePipelines(config.pipelines, checked?.pipelines ?? config.pipelines, checked?.changes, report),
    [config, checked, report],
  );
  const seconds = report?.seconds ?? 0;
  return (
    <ScrollRegion className="pe-graph" label={t('Pipelines of the draft')}>
      <div className="pe-columns">
        {pipelines.map((pipeline) => (
          <Column key={pipeline.id} pipeline={pipeline} seconds={seconds} />
        ))}
      </div>
      <p className="pe-note">
        {report === undefined
          ? t('The unmarked keep running.')
          : t('items /s in the dry run, struck out: now. The unmarked keep running.')}
      </p>
    </ScrollRegion>
  );
}

function Column({
  pipeline: { id, receivers, processors, exporters },
  seconds,
}: {
  readonly pipeline: MergedPipeline;
  readonly seconds: number;
}): ReactNode {
  return (
    <section className="pe-column" aria-label={id}>
      <h3 className="cut">{id}</h3>
      <Group nodes={receivers} />
      {processors.map((node) => (
        <div key={node.component} className="pe-step">
          <Flow node={node} seconds={seconds} />
          <Box node={node} />
          {node.left !== undefined && node.left > 0 && node.state !== 'removed' && (
            <span className="pe-left">
              <i aria-hidden="true">↓</i> <b>{formatRate(node.left / seconds)}</b> {t('leave here')}
            </span>
          )}
        </div>
      ))}
      <div className="pe-step pe-last">
        <Flow node={exporters[0]} seconds={seconds} />
        <Group nodes={exporters} />
      </div>
    </section>
  );
}

/** Components at the beginning or the end of a pipeline. Those that keep running share a box. */
function Group({ nodes }: { readonly nodes: readonly MergedNode[] }): ReactNode {
  const kept = nodes.filter(({ state }) => state === 'kept');
  return (
    <div className="pe-group">
      {kept.length > 0 && <Box node={{ id: kept.map(({ id }) => id).join(', '), state: 'kept' }} />}
      {nodes
        .filter(({ state }) => state !== 'kept')
        .map((node) => (
          <Box key={node.component} node={node} />
        ))}
    </div>
  );
}

const STATES: Readonly<Record<NodeState, { readonly sign: string; readonly name: string }>> = {
  kept: { sign: '', name: msg('kept') },
  added: { sign: '+', name: msg('added') },
  removed: { sign: '−', name: msg('removed') },
  restarted: { sign: '↻', name: msg('restarts') },
};

function Box({ node: { id, state } }: { readonly node: Pick<MergedNode, 'id' | 'state'> }): ReactNode {
  const { sign, name } = STATES[state];
  return (
    <div className={`pe-node ${state}`}>
      <span className="nm">
        <span className="cut" title={id}>
          {id}
        </span>
        {sign !== '' && <i aria-hidden="true">{sign}</i>}
      </span>
      {sign !== '' && <span className="sb">{t(name)}</span>}
    </div>
  );
}

/** What enters a component, with the present rate struck out if it differs. */
function Flow({ node, seconds }: { readonly node: MergedNode | undefined; readonly seconds: number }): ReactNode {
  const isGone = node?.state === 'removed';
  const { now = 0, draft = 0 } = node ?? {};
  const isKnown = node?.draft !== undefined && seconds > 0;
  const width = 1 + Math.min(6, Math.log10(1 + (isKnown ? Math.max(now, draft) / seconds : 0)) * 1.6);
  return (
    <span className={`pe-flow ${isGone ? 'gone' : ''}`}>
      <i aria-hidden="true" style={{ width: isGone ? 0 : width }} />
      {isKnown && !isGone && (
        <span className="num">
          {now !== draft && node?.state !== 'added' && <s>{formatRate(now / seconds)}</s>} {formatRate(draft / seconds)}
        </span>
      )}
    </span>
  );
}
