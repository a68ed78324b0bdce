import type { ComponentCases, Step } from '../cases.ts';

const signals = ['traces'];
const traceId = (number: number) => number.toString(16).padStart(2, '0').repeat(16);

/** Returns a request with one numbered span per given trace. */
const send = (first: number, ...traces: readonly number[]): Step => ({
  send: {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeSpans: [
          {
            scope: { name: 's' },
            spans: traces.map((trace, index) => ({
              traceId: trace === 0 ? '' : traceId(trace),
              spanId: traceId(first + index).slice(0, 16),
              name: `span ${first + index}`,
            })),
          },
        ],
      },
    ],
  },
});
const wait = (waitMillis: number): Step => ({ waitMillis });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

const one: readonly Step[] = [send(1, 1, 1, 2), send(4, 2, 1), wait(600)];
const twice: readonly Step[] = [send(1, 1, 2), wait(600), send(3, 2, 1, 3), wait(600)];
const many: readonly Step[] = [send(1, ...range(1, 20)), send(30, ...range(10, 30)), wait(600)];
const oldest: readonly Step[] = [send(1, 1), send(2, 2), send(3, 3), send(4, 1), send(5, 4), wait(600)];
const anonymous: readonly Step[] = [send(1, 0, 1, 0), send(4, 0), wait(600)];
const quick = { wait_duration: '200ms' };

/** Test cases for `groupbytrace`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'groupbytrace',
  configurations: [
    { name: 'two requests', config: quick, signals, steps: one },
    { name: 'defaults', config: {}, signals, steps: [...one, wait(1000)] },
    { name: 'two times', config: quick, signals, steps: twice },
    { name: 'many traces', config: quick, signals, steps: many },
    { name: 'spans without trace', config: quick, signals, steps: anonymous },
    { name: 'no wait', config: { wait_duration: 0 }, signals, steps: many },
    { name: 'a short wait', config: { wait_duration: '10ms' }, signals, steps: twice },
    ...[1, 2, 3, 4, 5].map((num_traces) => ({
      name: `at most ${num_traces} traces`,
      config: { ...quick, num_traces },
      signals,
      steps: oldest,
    })),
    ...[5, 15, 29, 100].map((num_traces) => ({
      name: `at most ${num_traces} of many traces`,
      config: { ...quick, num_traces },
      signals,
      steps: many,
    })),
    { name: 'two workers', config: { ...quick, num_workers: 2 }, signals, steps: one },
    { name: 'many workers', config: { ...quick, num_workers: 8 }, signals, steps: many },
    { name: 'discard orphans', config: { discard_orphans: true }, signals, steps: one },
    { name: 'store on disk', config: { store_on_disk: true }, signals, steps: one },
    { name: 'keep orphans', config: { ...quick, discard_orphans: false, store_on_disk: false }, signals, steps: one },
    { name: 'wait without unit', config: { wait_duration: '5' }, signals, steps: one },
    { name: 'number that is a text', config: { num_traces: 'many' }, signals, steps: one },
    { name: 'unknown option', config: { traces: 5 }, signals, steps: one },
    { name: 'logs', config: quick, signals: ['logs'], steps: [] },
  ],
};
