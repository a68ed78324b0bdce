import type { PipelineNode } from '@otelier/query';
import { latest, liveCheck } from '../check.ts';
import type { CheckFinding } from '../finding.ts';
import { nodeName } from '../node-name.ts';

/** Age up to which a loss is worth a finding. */
const MAX_AGE_MILLIS = 3_600_000;

/** Messages of destinations that cannot be reached at all. */
const UNREACHABLE =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|refused the connection|connection refused|no response within|certificate/i;

/** Reports exporters whose destination does not accept telemetry, with its message, and exporters that have lost some. */
export const exports = liveCheck('exports', (live, { nowMillis }): readonly CheckFinding[] => {
  const nodes = (latest(live)?.nodes ?? []).filter(({ kind }) => kind === 'exporter');
  return nodes.flatMap((node) => [...failing(node), ...lost(node, nowMillis)]);
});

function failing(node: PipelineNode): CheckFinding[] {
  if (node.problem === undefined) return [];
  return [
    {
      severity: 'error',
      subject: nodeName(node),
      message: `the destination does not accept telemetry: ${node.problem}`,
      remedy: UNREACHABLE.test(node.problem)
        ? 'Check the endpoint, the network and the certificates. Telemetry waits in the queue until the destination responds, or until the queue is full.'
        : 'Check what the destination says. Telemetry is sent again until it is accepted, or until the retries end.',
    },
  ];
}

function lost(node: PipelineNode, nowMillis: number): CheckFinding[] {
  const { lastLoss, dropped } = node;
  if (lastLoss === undefined || nowMillis - lastLoss.atMillis > MAX_AGE_MILLIS) return [];
  const items = dropped[lastLoss.reason] ?? 0;
  return [
    {
      severity: 'error',
      subject: nodeName(node),
      message: `lost ${items.toLocaleString('en')} items since the start (${lastLoss.reason}), the last time at ${new Date(lastLoss.atMillis).toISOString()}: ${lastLoss.message}`,
      remedy: REMEDIES[lastLoss.reason] ?? 'Correct the cause that the message names.',
    },
  ];
}

const REMEDIES: Readonly<Record<string, string>> = {
  refused: 'The destination refuses this telemetry for good: check its credentials, its limits and the endpoint.',
  rejected: 'The destination rejects some items for good: its message says which.',
  failed:
    'The retries ended before the destination responded: raise `retry_on_failure.max_elapsed_time`, and set `sending_queue.storage` to survive long outages.',
  overflow: 'The queue was full: raise `sending_queue.queue_size`, or set `sending_queue.storage`.',
};
