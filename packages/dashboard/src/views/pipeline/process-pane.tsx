import type { PipelineGraph, ProfileReport } from '@otelier/query';
import type { ReactNode } from 'react';
import { useProfile } from '../../data/pipeline/profile.ts';
import { formatPercent, plural } from '../../format/number.ts';
import { formatBytes } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { Pane } from '../../parts/pane.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { formatMicros, selfTimes } from './self-time.ts';

const PROFILE_SECONDS = 10;
const SHOWN = 12;

/** The CPU usage of each component, and the resources of the process. */
export function ProcessPane({
  latest,
  before,
}: {
  readonly latest: PipelineGraph;
  readonly before: PipelineGraph | undefined;
}): ReactNode {
  const { process } = latest;
  const { report, failure, isRunning, run } = useProfile({ seconds: PROFILE_SECONDS });
  const rows = report === undefined ? timeRows(latest, before) : profileRows(report);
  return (
    <Pane
      title={t('Process')}
      note={t('{percent} % of a core', { percent: formatPercent(process.cpuCores, 1) })}
      actions={
        <button type="button" className="btn small push" onClick={run} disabled={isRunning}>
          {isRunning ? t('Profiling') : t('Profile {seconds} s', { seconds: PROFILE_SECONDS })}
        </button>
      }
    >
      <ScrollRegion label={t('CPU by component')}>
        {failure !== undefined && <p className="err s12 pi-note">{failure.message}</p>}
        <table className="pi-cpu">
          <colgroup>
            <col />
            <col style={{ width: 52 }} />
            <col style={{ width: 40 }} />
            <col style={{ width: 72 }} />
          </colgroup>
          <thead>
            <tr>
              <th>{report === undefined ? t('Time in') : t('CPU')}</th>
              <th aria-label={t('Share')} />
              <th className="num">%</th>
              <th className="num">{t('per item')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map(({ name, share, microsPerItem }) => (
              <tr key={name}>
                <td className="mono" title={name}>
                  {name}
                </td>
                <td>
                  <i className="bar" style={{ width: (share / Math.max(rows[0]?.share ?? 1, 1e-9)) * 36 }} />
                </td>
                <td className="num">{formatPercent(share, 1)}</td>
                <td className="num t2">{microsPerItem === undefined ? '' : formatMicros(microsPerItem)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <Facts latest={latest} />
    </Pane>
  );
}

function Facts({ latest: { admission, process } }: { readonly latest: PipelineGraph }): ReactNode {
  const share = admission.limitBytes > 0 ? admission.inFlightBytes / admission.limitBytes : 0;
  return (
    <div className="pi-process bt">
      <div
        className="meter"
        role="meter"
        aria-label={t('Admission')}
        aria-valuemin={0}
        aria-valuemax={admission.limitBytes}
        aria-valuenow={admission.inFlightBytes}
      >
        <i
          style={{
            width: `${Math.min(100, share * 100)}%`,
            background: share > 0.8 ? 'var(--warn-fill)' : undefined,
          }}
        />
      </div>
      <dl>
        <Fact name={t('Admission')}>
          {t('{size} in flight of {limit}', {
            size: formatBytes(admission.inFlightBytes),
            limit: formatBytes(admission.limitBytes),
          })}
        </Fact>
        <Fact name={t('Rejected: memory limit')}>
          <span className={admission.refusedRequests > 0 ? 'err' : ''}>
            {plural(admission.refusedRequests, 'request')}
          </span>
        </Fact>
        <Fact name={t('Memory')}>{formatBytes(process.rssBytes)}</Fact>
        <Fact name={t('of it heap, buffers')}>
          {formatBytes(process.heapBytes)}, {formatBytes(process.externalBytes)}
        </Fact>
        <Fact name={t('Event loop p99')}>{process.eventLoopDelayP99Millis.toFixed(1)} ms</Fact>
      </dl>
    </div>
  );
}

interface CpuRow {
  readonly name: string;
  /** Share of a core. */
  readonly share: number;
  readonly microsPerItem: number | undefined;
}

/** Returns the time that items spent in each processor, which needs no profile. */
function timeRows(latest: PipelineGraph, before: PipelineGraph | undefined): readonly CpuRow[] {
  const times = selfTimes(latest, before);
  return latest.nodes
    .flatMap(({ id, component, signal }): CpuRow[] => {
      const time = times.get(id);
      if (time === undefined) return [];
      const { microsPerItem, itemsPerSecond } = time;
      const name = signal === undefined ? component : `${component}, ${signal}`;
      return [{ name, share: (microsPerItem * itemsPerSecond) / 1e6, microsPerItem }];
    })
    .sort((a, b) => b.share - a.share);
}

function profileRows({ usage, durationMillis }: ProfileReport): readonly CpuRow[] {
  return usage.map(({ name, cpuMillis }) => ({
    name: name.replace(/^(?:receivers|processors|exporters|connectors|extensions)\//, ''),
    share: durationMillis > 0 ? cpuMillis / durationMillis : 0,
    microsPerItem: undefined,
  }));
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div className="row">
      <dt className="t3">{name}</dt>
      <dd className="push">{children}</dd>
    </div>
  );
}
