import type { ReactNode } from 'react';
import { flowStats } from '../data/pipeline/pipeline-stats.ts';
import { useConnection, usePipeline } from '../data/pipeline/pipeline-stream.ts';
import { formatCount, formatPercent } from '../format/number.ts';
import { formatBytes } from '../format/quantity.ts';
import { formatAgo, formatClock } from '../format/time.ts';
import { t } from '../locale/t.ts';
import { Keys } from '../parts/keys.tsx';
import { useClock } from '../time/clock.ts';
import { useBoundKeys } from './keys.ts';

/** The status bar: input, output and drops, and the view's keyboard shortcuts. */
export function StatusBar(): ReactNode {
  return (
    <footer className="status">
      <Flow />
      <Hints />
    </footer>
  );
}

function Flow(): ReactNode {
  const { latest, before } = usePipeline();
  const { lostMillis } = useConnection();
  const now = useClock(1000, lostMillis !== undefined);
  if (lostMillis !== undefined) {
    return (
      <>
        <span className="err row" style={{ gap: 6 }}>
          <i className="dot" />
          {t('Disconnected {age}', { age: formatAgo(lostMillis, now) })}
        </span>
        {latest !== undefined && <span>{t('Data from {time}', { time: formatClock(latest.atMillis) })}</span>}
      </>
    );
  }
  if (latest === undefined) return <span>{t('Waiting for data')}</span>;
  const flow = flowStats(latest, before);
  const receiving = flow.inPerSecond > 0;
  return (
    <>
      <span className={`row ${receiving ? 'live' : ''}`} style={{ gap: 6 }}>
        <i className={`dot ${receiving ? '' : 'hollow'}`} />
        <b>{receiving ? t('Receiving') : t('Listening')}</b>
      </span>
      <span className="flow">
        <Stat name={t('in')} value={rate(flow.inPerSecond)} unit="/s" />
        <Stat name={t('kept')} value={rate(flow.keptPerSecond)} unit="/s" />
        {flow.dropped.slice(0, 3).map(({ reason, perSecond }) => (
          <Stat key={reason} name={reason} value={rate(perSecond)} unit="/s" />
        ))}
        <Stat name={t('refused')} value={rate(flow.refusedPerSecond)} unit="/s" bad={flow.refusedPerSecond > 0} />
      </span>
      {flow.queueShare !== undefined && <Stat name={t('queue')} value={formatPercent(flow.queueShare, 1)} unit=" %" />}
      <Stat name="CPU" value={formatPercent(latest.process.cpuCores, 0)} unit=" %" />
      <Stat name={t('memory')} value={formatBytes(latest.process.rssBytes)} unit="" />
    </>
  );
}

function Stat({
  name,
  value,
  unit,
  bad = false,
}: {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly bad?: boolean;
}): ReactNode {
  return (
    <span>
      {name} <b className={bad ? 'err' : ''}>{value}</b>
      {unit}
    </span>
  );
}

function rate(perSecond: number): string {
  return formatCount(perSecond);
}

function Hints(): ReactNode {
  // If a key is bound twice, the upper binding applies.
  const bound = new Map(
    useBoundKeys().flatMap((layer) => layer.bindings.map((binding) => [binding.press, binding] as const)),
  );
  const hints = [...bound.values()].filter((binding) => binding.hint !== undefined);
  return (
    <span className="hints" aria-hidden="true">
      {hints.slice(0, 7).map((binding) => (
        <span key={binding.press}>
          <Keys keys={binding.shown ?? [nameOfKey(binding.press)]} />
          {binding.hint}
        </span>
      ))}
    </span>
  );
}

/** Returns a key's name as printed on the keyboard. */
export function nameOfKey(press: string): string {
  if (press === ' ') return 'Space';
  if (press === 'Escape') return 'Esc';
  return press.length === 1 ? press.toUpperCase() : press;
}
