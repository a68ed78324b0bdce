import type { PipelineNode } from '@otelier/query';
import { type LiveProcess, latest, liveCheck } from '../check.ts';
import type { CheckFinding } from '../finding.ts';
import { nodeName } from '../node-name.ts';

/** Share of a queue from which growth matters although the destination accepts telemetry. */
const MIN_SHARE = 0.1;
const FULL_SHARE = 0.9;
const SOON_SECONDS = 3_600;
const MAX_SECONDS = 86_400;

/** Reports queues that are full, or that will be at the rate at which they were filling. */
export const queues = liveCheck('queues', (live): readonly CheckFinding[] =>
  (latest(live)?.nodes ?? []).flatMap((node) => queueFinding(node, live)),
);

function queueFinding(node: PipelineNode, live: LiveProcess): CheckFinding[] {
  const { queue, problem } = node;
  if (queue === undefined || queue.limitBytes <= 0 || queue.sizeBytes === 0) return [];
  const share = queue.sizeBytes / queue.limitBytes;
  const rate = fillRate(node.id, live);
  const seconds = rate > 0 ? (queue.limitBytes - queue.sizeBytes) / rate : Number.POSITIVE_INFINITY;
  const isFull = share >= FULL_SHARE;
  const isFilling = seconds < MAX_SECONDS && (problem !== undefined || share >= MIN_SHARE);
  if (!isFull && !isFilling) return [];
  const state = `${Math.round(share * 100)} % full (${queue.sizeBytes.toLocaleString('en')} of ${queue.limitBytes.toLocaleString('en')} bytes)`;
  const growth =
    rate > 0 ? `, growing by ${Math.round(rate).toLocaleString('en')} bytes/s, full in ${durationText(seconds)}` : '';
  return [
    {
      severity: isFull || seconds < SOON_SECONDS ? 'error' : 'warning',
      subject: nodeName(node),
      message: `the sending queue is ${state}${growth}`,
      remedy:
        problem === undefined
          ? 'The destination is slower than the telemetry: raise `sending_queue.num_consumers`, send larger batches, or reduce the telemetry.'
          : 'Restore the destination. Until then, raise `sending_queue.queue_size`, or set `sending_queue.storage` so that the queue is on disk.',
    },
  ];
}

/** Returns the bytes per second by which a queue grew in all of the observation. */
function fillRate(id: string, { graphs }: LiveProcess): number {
  const sizes = graphs.flatMap(({ atMillis, nodes }) => {
    const queue = nodes.find((node) => node.id === id)?.queue;
    return queue === undefined ? [] : [{ atMillis, bytes: queue.sizeBytes }];
  });
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (first === undefined || last === undefined || last.atMillis <= first.atMillis) return 0;
  const isGrowing = sizes.every(({ bytes }, index) => bytes >= (sizes[index - 1]?.bytes ?? 0));
  return isGrowing ? ((last.bytes - first.bytes) * 1000) / (last.atMillis - first.atMillis) : 0;
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3_600)} hours`;
}
