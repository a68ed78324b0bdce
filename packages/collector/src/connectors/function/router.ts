import { type Batch, type Outcome, partitionItems } from '@otelier/otlp';
import type { Connector, ConnectorOutputs, Consumer, SignalContext } from '../../component/contract.ts';
import { DEFAULT_TARGET } from '../../functions/kinds/route.ts';
import { type FunctionConfig, RunningFunction, refusedBy } from '../../functions/running-function.ts';
import { Portions } from '../by-pipeline/portions.ts';
import { SplitDelivery } from '../by-pipeline/split-delivery.ts';

interface FunctionRouterConfig extends FunctionConfig {
  readonly defaultPipelines: readonly string[];
}

/** Splits batches by the pipelines that a function returns for their items. The function's thread returns only decisions. */
export class FunctionRouter implements Connector {
  readonly #config: FunctionRouterConfig;
  readonly #outputs: ConnectorOutputs['byPipeline'];
  readonly #context: SignalContext;
  readonly #function: RunningFunction;
  readonly #delivery: SplitDelivery;
  readonly #defaults: readonly Consumer[];

  constructor(config: FunctionRouterConfig, { byPipeline }: ConnectorOutputs, context: SignalContext) {
    const ofSignal = [...byPipeline].filter(([, { signal }]) => signal === context.signal);
    this.#config = config;
    this.#outputs = new Map(ofSignal);
    this.#context = context;
    this.#function = new RunningFunction(config, context, { use: 'route', pipelines: ofSignal.map(([id]) => id) });
    this.#delivery = new SplitDelivery(context);
    this.#defaults = this.#consumersOf(config.defaultPipelines);
  }

  start(): Promise<void> {
    return this.#function.start();
  }

  shutdown(): Promise<void> {
    return this.#function.shutdown();
  }

  async consume(batch: Batch): Promise<Outcome> {
    const run = await this.#function.run(batch.parts, batch.sizeBytes);
    switch (run.kind) {
      case 'unavailable':
        return run.outcome;
      case 'interrupted':
        return this.#interrupted(batch, run.failure);
      case 'finished': {
        if (run.isRefused) return refusedBy(run.failure ?? '');
        if (run.failedItems > 0) this.#context.dropped(run.failedItems, 'function_failed');
        const { decisions = [], targets = [] } = run;
        return this.#split(batch, decisions, targets, run.failedItems);
      }
    }
  }

  /** Delivers the items to their targets. `dropped` of them have been counted. */
  #split(
    batch: Batch,
    decisions: readonly number[],
    targets: readonly (readonly string[])[],
    dropped: number,
  ): Outcome | Promise<Outcome> {
    const consumers = targets.map((ids, index) => (index === DEFAULT_TARGET ? this.#defaults : this.#consumersOf(ids)));
    const portions = new Portions(batch);
    let unrouted = 0;
    let item = 0;
    for (const part of batch.parts) {
      const pieces = partitionItems(batch.signal, part, targets.length, () => decisions[item++] ?? DEFAULT_TARGET);
      for (const [target, piece] of pieces.entries()) {
        if (piece === undefined) continue;
        const found = consumers[target] ?? [];
        if (found.length === 0) unrouted += piece.itemCount;
        for (const consumer of found) portions.add(consumer, piece);
      }
    }
    if (unrouted > dropped) this.#context.dropped(unrouted - dropped, 'unrouted');
    return this.#delivery.deliver(batch, portions.list());
  }

  #interrupted(batch: Batch, failure: string): Outcome | Promise<Outcome> {
    switch (this.#config.errorMode) {
      case 'ignore':
        return this.#split(batch, [], [[]], 0);
      case 'drop':
        this.#context.dropped(batch.itemCount, 'function_failed');
        return { kind: 'accepted' };
      case 'propagate':
        return refusedBy(failure);
    }
  }

  #consumersOf(ids: readonly string[]): Consumer[] {
    return [...new Set(ids)].flatMap((id) => this.#outputs.get(id)?.consumer ?? []);
  }
}
