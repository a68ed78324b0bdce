import type { WorkQueueStats } from './core/work-queue.ts';
import type { Operator } from './operator.ts';

/** Returns the metrics of the operator in the text format of Prometheus, with the names of other controllers. */
export function operatorMetrics({ isLeader, queues }: Pick<Operator, 'isLeader' | 'queues'>): string {
  const ofQueues = (value: (queue: WorkQueueStats) => number): Samples =>
    Object.entries(queues).map(([name, queue]) => [`{name="${name}"}`, value(queue)]);
  const metrics: readonly (readonly [name: string, type: string, help: string, samples: Samples])[] = [
    ['workqueue_depth', 'gauge', 'Keys that wait.', ofQueues(({ depth }) => depth)],
    ['workqueue_adds_total', 'counter', 'Keys that were added.', ofQueues(({ adds }) => adds)],
    [
      'workqueue_retries_total',
      'counter',
      'Keys that were added again after a failure.',
      ofQueues(({ retries }) => retries),
    ],
    [
      'workqueue_work_duration_seconds_count',
      'counter',
      'Keys that were processed.',
      ofQueues(({ processed }) => processed),
    ],
    [
      'workqueue_work_duration_seconds_sum',
      'counter',
      'Time of processing.',
      ofQueues(({ busyMillis }) => busyMillis / 1000),
    ],
    [
      'leader_election_master_status',
      'gauge',
      'Whether this process leads.',
      [['{name="otelier-operator"}', Number(isLeader)]],
    ],
    ['process_resident_memory_bytes', 'gauge', 'Memory of the process.', [['', process.memoryUsage.rss()]]],
  ];
  return metrics
    .map(([name, type, help, samples]) => {
      const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
    })
    .join('');
}

/** Labels and values. */
type Samples = readonly (readonly [labels: string, value: number])[];
