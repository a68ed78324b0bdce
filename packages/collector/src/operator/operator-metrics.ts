import type { Operator } from './operator.ts';

/** Returns the metrics of the operator in the text format of Prometheus, with the names of other controllers. */
export function operatorMetrics({ isLeader, queue }: Pick<Operator, 'isLeader' | 'queue'>): string {
  const label = '{name="collector"}';
  const metrics: readonly (readonly [name: string, type: string, help: string, labels: string, value: number])[] = [
    ['workqueue_depth', 'gauge', 'Keys that wait.', label, queue.depth],
    ['workqueue_adds_total', 'counter', 'Keys that were added.', label, queue.adds],
    ['workqueue_retries_total', 'counter', 'Keys that were added again after a failure.', label, queue.retries],
    ['workqueue_work_duration_seconds_count', 'counter', 'Keys that were processed.', label, queue.processed],
    ['workqueue_work_duration_seconds_sum', 'counter', 'Time of processing.', label, queue.busyMillis / 1000],
    [
      'leader_election_master_status',
      'gauge',
      'Whether this process leads.',
      '{name="otelier-operator"}',
      Number(isLeader),
    ],
    ['process_resident_memory_bytes', 'gauge', 'Memory of the process.', '', process.memoryUsage.rss()],
  ];
  return metrics
    .map(
      ([name, type, help, labels, value]) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}${labels} ${value}\n`,
    )
    .join('');
}
