import type { Signal } from '@otelier/otlp';
import { defineConnector } from '../component/define.ts';
import { z } from '../component/schema.ts';

/** Passes batches on to other pipelines as they are. */
export const forward = defineConnector({
  summary: 'Passes telemetry on to other pipelines of the same signal, to join or to branch them.',
  stability: 'beta',
  joins: { traces: ['traces'], metrics: ['metrics'], logs: ['logs'], profiles: ['profiles'] },
  config: z.object({}),
  examples: [{ title: 'Between pipelines that name it as exporter and as receiver', config: {} }],
  create(_config, next, { signal }) {
    const consumer = outputOf(next.bySignal, signal);
    const { reserve } = consumer;
    return {
      consume: (batch) => consumer.consume(batch),
      // With it, a fan-out before the connector knows of a full queue behind it.
      ...(reserve && { reserve }),
    };
  },
});

function outputOf<T>(outputs: Partial<Readonly<Record<Signal, T>>>, signal: Signal): T {
  const output = outputs[signal];
  if (output === undefined) throw new Error(`no pipeline of ${signal} begins here; the plan should not have passed`);
  return output;
}
