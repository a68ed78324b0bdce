import type { Batch, Outcome } from '@otelier/otlp';
import { type ComponentContext, type Consumer, commitOwned, passOwned } from '../contract.ts';
import { errorMessage } from '../error-message.ts';
import { endWith } from './end-with.ts';

/** Returns a consumer that passes batches to an exporter, each with a span, if the process traces itself. */
export function tracedConsumer(exporter: Consumer, { id, tracer }: Pick<ComponentContext, 'id' | 'tracer'>): Consumer {
  if (tracer === undefined) return exporter;
  const traced = (batch: Batch, consume: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> => {
    const span = tracer.send(id, batch);
    try {
      const outcome = consume();
      endWith(span, batch.itemCount, outcome);
      return outcome;
    } catch (error) {
      span.end(batch.itemCount, { kind: 'refused', reason: errorMessage(error) });
      throw error;
    }
  };
  const reserve = exporter.reserve?.bind(exporter);
  return {
    consume: (batch) => traced(batch, () => exporter.consume(batch)),
    consumeOwned: (batch) => traced(batch, () => passOwned(exporter, batch)),
    reserve:
      reserve &&
      ((batch) => {
        const reserved = reserve(batch);
        if (reserved.kind !== 'reserved') return reserved;
        return {
          kind: 'reserved',
          commit: () => traced(batch, () => reserved.commit()),
          commitOwned: () => traced(batch, () => commitOwned(reserved)),
          cancel: () => reserved.cancel(),
        };
      }),
    whenWritable: exporter.whenWritable?.bind(exporter),
    whenBelowHighWaterMark: exporter.whenBelowHighWaterMark?.bind(exporter),
  };
}
