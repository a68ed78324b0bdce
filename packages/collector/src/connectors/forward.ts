import type { Signal } from '@otelier/otlp';
import { passOwned } from '../component/contract.ts';
import { defineConnector } from '../component/define.ts';
import { z } from '../component/schema.ts';

export const forward = defineConnector({
  summary: 'Forwards telemetry to other pipelines of the same signal, to merge or split pipelines.',
  stability: 'beta',
  emits: 'received',
  joins: { traces: ['traces'], metrics: ['metrics'], logs: ['logs'], profiles: ['profiles'] },
  config: z.object({}),
  examples: [{ title: 'Connect pipelines that use it as exporter and as receiver', config: {} }],
  create(_config, next, { signal }) {
    const consumer = outputOf(next.bySignal, signal);
    const { reserve } = consumer;
    return {
      consume: (batch) => consumer.consume(batch),
      consumeOwned: (batch) => passOwned(consumer, batch),
      // Lets a fan-out in front of the connector detect a full queue behind it.
      ...(reserve && { reserve }),
    };
  },
});

function outputOf<T>(outputs: Partial<Readonly<Record<Signal, T>>>, signal: Signal): T {
  const output = outputs[signal];
  if (output === undefined) throw new Error(`no ${signal} pipeline has this connector as its receiver`);
  return output;
}
