import type { ComponentCases, Configuration, Step } from '../cases.ts';

const NO_QUEUE = { sending_queue: { enabled: false } };
const LEVELS = [['traces/a'], ['traces/b'], ['traces/c']];

function levels(
  name: string,
  config: object,
  fails: Record<string, number> = {},
  steps?: readonly Step[],
): Configuration {
  return {
    name,
    config: { priority_levels: LEVELS, ...NO_QUEUE, ...config },
    signals: ['traces>traces'],
    pipelines: { traces: ['a', 'b', 'c'], logs: ['a'] },
    fails,
    ...(steps && { steps }),
  };
}

const send = (name: string): Step => ({
  send: {
    resourceSpans: [
      { scopeSpans: [{ spans: [{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name }] }] },
    ],
  },
});
const wait: Step = { waitMillis: 450 };
const FEW = ['1', '2', '3', '4', '5'].map(send);
const WITH_RETRY = [...FEW.slice(0, 2), wait, ...FEW.slice(2, 4), wait, ...FEW.slice(4)];
const SHORT = { retry_interval: '300ms' };

export const cases: ComponentCases = {
  kind: 'connector',
  type: 'failover',
  configurations: [
    levels('healthy', {}),
    levels('healthy with a queue', { sending_queue: {} }),
    levels('one level', { priority_levels: [['traces/a']] }),
    levels('several pipelines in a level', { priority_levels: [['traces/a', 'traces/b'], ['traces/c']] }),
    levels('first level fails once', {}, { a: 1 }),
    levels('first level fails', {}, { a: -1 }),
    levels('two levels fail', {}, { a: -1, b: -1 }),
    levels('two levels fail once', {}, { a: 1, b: 1 }),
    levels('all levels fail', {}, { a: -1, b: -1, c: -1 }),
    levels('all levels fail once', {}, { a: 1, b: 1, c: 1 }),
    levels('one of two pipelines fails', { priority_levels: [['traces/a', 'traces/b'], ['traces/c']] }, { b: -1 }),
    levels('one of two pipelines fails once', { priority_levels: [['traces/a', 'traces/b'], ['traces/c']] }, { a: 1 }),
    levels('the last level fails', {}, { c: -1 }),
    levels('recovers after the interval', SHORT, { a: 1 }, WITH_RETRY),
    levels('recovers after two intervals', SHORT, { a: 2 }, WITH_RETRY),
    levels('recovers to the second level', SHORT, { a: -1, b: 1 }, WITH_RETRY),
    levels('recovers after all levels failed', SHORT, { a: 1, b: 1, c: 1 }, WITH_RETRY),
    levels('does not recover', SHORT, { a: -1, b: -1, c: -1 }, WITH_RETRY),
    levels('no attempt before the interval', { retry_interval: '1h' }, { a: 1 }, WITH_RETRY),
    levels('deprecated options', { retry_gap: '1s', max_retries: 3 }, { a: 1 }),
    levels('level twice', { priority_levels: [['traces/a'], ['traces/a'], ['traces/b']] }, { a: 1 }),
    levels('all levels fail behind a queue', { sending_queue: {} }, { a: -1, b: -1, c: -1 }),
    levels('queue of one consumer', { sending_queue: { num_consumers: 1, queue_size: 100 } }, { a: -1 }),
    levels('queue that waits', { sending_queue: { wait_for_result: true, block_on_overflow: true } }, { a: -1 }),
    levels('refused: no levels', { priority_levels: [] }),
    levels('refused: an empty level', { priority_levels: [['traces/a'], []] }),
    levels('refused: unknown pipeline', { priority_levels: [['traces/x']] }),
    levels('refused: pipeline of another signal', { priority_levels: [['logs/a']] }),
    levels('refused: interval of zero', { retry_interval: '0s' }),
    levels('refused: negative interval', { retry_interval: '-1s' }),
    levels('refused: unknown option', { retry: '1s' }),
    levels('refused: queue without consumers', { sending_queue: { num_consumers: 0 } }),
  ],
};
