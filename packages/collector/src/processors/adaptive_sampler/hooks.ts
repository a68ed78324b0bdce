import type { BatchContext, RewriteHooks } from '@otelier/otlp';
import type { SignalContext } from '../../component/contract.ts';
import type { SampledSignal } from '../../component/sampling/create-sampled-item.ts';
import { isKept, thresholdAfter } from '../../component/sampling/sample-with.ts';
import type { SampledItem } from '../../component/sampling/sampled-item.ts';
import { evaluationContext } from '../../ottl/evaluation-context.ts';
import { Subject } from '../../ottl/record/subject.ts';
import { keyReader } from './key-reader.ts';
import { KeyTree } from './key-tree.ts';

/** The processor options used by its hooks. */
export interface AdaptiveSamplerConfig {
  readonly targetItemsPerSecond: number;
  readonly targetItemsPerSecondPerKey?: number | undefined;
  readonly floorItemsPerSecond: number;
  readonly key: readonly string[];
  readonly adjustmentInterval: number;
  readonly halfLife: number;
  readonly maxKeys: number;
  readonly samplingPrecision: number;
}

/** Returns hooks that sample each item with the probability assigned to its key. */
export function sampleAdaptively(
  config: AdaptiveSamplerConfig,
  context: SignalContext<SampledSignal>,
  sampled: SampledItem,
): RewriteHooks<BatchContext> {
  const { clock, signal, logger } = context;
  const intervalSeconds = config.adjustmentInterval / 1000;
  const tree = new KeyTree(
    {
      targetPerSecond: config.targetItemsPerSecond,
      maxPerSecondPerKey: config.targetItemsPerSecondPerKey ?? Number.POSITIVE_INFINITY,
      floorPerSecond: config.floorItemsPerSecond,
      maxKeys: config.maxKeys,
      halfLifeSeconds: config.halfLife / 1000,
      precision: config.samplingPrecision,
    },
    intervalSeconds,
  );
  const subject = new Subject(evaluationContext(context));
  const keyOf = keyReader(config.key, signal);
  const rule = context.dropRule({
    reason: 'sampled',
    rule: `${config.targetItemsPerSecond} items per second`,
    path: ['target_items_per_second'],
  });
  let adjustedMillis = clock.monotonic();
  let isFull = false;

  const adjustIfDue = () => {
    const elapsedSeconds = (clock.monotonic() - adjustedMillis) / 1000;
    if (elapsedSeconds < intervalSeconds) return;
    adjustedMillis = clock.monotonic();
    if (tree.size >= config.maxKeys && !isFull)
      logger.warn({ maxKeys: config.maxKeys }, 'more keys than max_keys: further keys share one budget');
    isFull = tree.size >= config.maxKeys;
    // If batches arrive less often than once per interval, a batch contains the items of more than one interval.
    tree.adjust(elapsedSeconds, Math.max(elapsedSeconds, intervalSeconds));
  };

  return {
    resource() {
      adjustIfDue();
      return 'keep';
    },
    item(cursor, batch) {
      subject.batch = batch;
      const threshold = tree.budget(keyOf(subject.moveToItem(cursor))).arrive();
      sampled.moveTo(cursor);
      const arriving = sampled.threshold;
      const effective = thresholdAfter(arriving, threshold, config.samplingPrecision);
      if (!isKept(sampled, effective)) {
        rule.item(cursor);
        return 'drop';
      }
      if (effective !== arriving) sampled.record(effective);
      return 'keep';
    },
  };
}
