import { ACCEPTED, type Batch, forEachItem, type Outcome } from '@otelier/otlp';
import type { Connector, SignalContext } from '../../component/contract.ts';
import { RunningFunction, refusedBy } from '../../functions/running-function.ts';
import type { AggregateConfig, AggregateFunctionConfig, DefinitionConfig } from './config.ts';
import { AggregateConnector, type AggregateOutput } from './connector.ts';
import { PARTIAL } from './partial-writer.ts';

/**
 * Aggregates the values that a function of the user gives. Its thread returns them as data points, which the connector then
 * aggregates like those of a metrics pipeline.
 */
export class FunctionAggregate implements Connector {
  readonly #config: AggregateFunctionConfig;
  readonly #context: SignalContext;
  readonly #function: RunningFunction;
  readonly #connector: AggregateConnector;

  constructor(
    config: AggregateConfig & { readonly function: AggregateFunctionConfig },
    output: AggregateOutput,
    context: SignalContext,
  ) {
    const { function: own } = config;
    const definition: DefinitionConfig = {
      name: own.name ?? own.function,
      description: own.description,
      unit: own.unit,
      value: undefined,
      conditions: [],
      attributes: [],
      keepsAttributes: true,
      resourceAttributes: own.resourceAttributes,
      functions: own.functions,
    };
    this.#config = own;
    this.#context = context;
    this.#function = new RunningFunction(own, context, { use: 'aggregate' });
    const values = { ...config, spans: [], logs: [], datapoints: [definition] };
    this.#connector = new AggregateConnector(values, output, { ...context, signal: 'metrics' });
  }

  async start(): Promise<void> {
    await this.#function.start();
    await this.#connector.start();
  }

  async drain(deadline: AbortSignal): Promise<void> {
    await this.#connector.drain(deadline);
  }

  async shutdown(): Promise<void> {
    await this.#function.shutdown();
    await this.#connector.shutdown();
  }

  async consume(batch: Batch): Promise<Outcome> {
    if (isPartial(batch)) return this.#connector.consume(batch);
    const run = await this.#function.run(batch.parts, batch.sizeBytes);
    switch (run.kind) {
      case 'unavailable':
        return run.outcome;
      case 'interrupted':
        if (this.#config.errorMode === 'propagate') return refusedBy(run.failure);
        this.#context.dropped(batch.itemCount, 'function_failed');
        return ACCEPTED;
      case 'finished': {
        if (run.isRefused) return refusedBy(run.failure ?? '');
        if (run.failedItems > 0) this.#context.dropped(run.failedItems, 'function_failed');
        const { parts = [], itemCount } = run;
        const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
        const { context } = batch;
        return this.#connector.consume({ signal: 'metrics', parts, itemCount, sizeBytes, context });
      }
    }
  }
}

/** Reports whether a batch consists of partial aggregates, which other threads and nodes send on their own. */
function isPartial({ signal, parts }: Batch): boolean {
  const [part] = parts;
  if (signal !== 'metrics' || part === undefined) return false;
  let isFound = false;
  let isFirst = true;
  forEachItem('metrics', part, ({ bytes, scopeStart, scopeEnd }) => {
    if (isFirst) isFound = Buffer.from(bytes.subarray(scopeStart, scopeEnd)).includes(PARTIAL.scope);
    isFirst = false;
  });
  return isFound;
}
