import type { PipelineGraph } from '@otelier/query';
import type { ReactNode } from 'react';
import { formatCount, formatPercent } from '../../format/number.ts';
import { formatBytes } from '../../format/quantity.ts';
import { Pane } from '../../parts/pane.tsx';

/** The resource usage of the process, and the fill level of its admission control. */
export function ProcessPane({ latest }: { readonly latest: PipelineGraph }): ReactNode {
  const { admission, process } = latest;
  const share = admission.limitBytes > 0 ? admission.inFlightBytes / admission.limitBytes : 0;
  return (
    <Pane title="Process" note={`${formatPercent(process.cpuCores, 1)} % of a core`}>
      <div className="pi-process">
        <div
          className="meter"
          role="meter"
          aria-label="Admission"
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
          <Fact name="Admission">
            {formatBytes(admission.inFlightBytes)} in flight of {formatBytes(admission.limitBytes)}
          </Fact>
          <Fact name="Rejected: memory limit">
            <span className={admission.refusedRequests > 0 ? 'err' : ''}>
              {formatCount(admission.refusedRequests)} requests
            </span>
          </Fact>
          <Fact name="Memory">
            {formatBytes(process.rssBytes)}, of it heap {formatBytes(process.heapBytes)} and buffers{' '}
            {formatBytes(process.externalBytes)}
          </Fact>
          <Fact name="Event loop p99">{process.eventLoopDelayP99Millis.toFixed(1)} ms</Fact>
          <Fact name="CPU">{process.cpuCores.toFixed(2)} cores</Fact>
        </dl>
      </div>
    </Pane>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div className="row">
      <dt className="t3">{name}</dt>
      <dd className="push">{children}</dd>
    </div>
  );
}
