import {
  ACCEPTED,
  type Batch,
  type BatchContext,
  type Outcome,
  type RewriteHooks,
  rewriteItems,
  type Signal,
} from '@otelier/otlp';
import type { z } from 'zod';
import type { Consumer, SignalContext } from './contract.ts';
import { type ConfigSchema, defineProcessor, type ProcessorDefinition } from './define.ts';

/** The definition of a processor that edits and drops items in place, with `RewriteHooks`. */
export interface RewriterDefinition<Schema extends ConfigSchema, S extends Signal>
  extends Omit<ProcessorDefinition<Schema, S>, 'kind' | 'create'> {
  /** Reason for the counter of dropped items. Default `filtered`. */
  readonly dropReason?: string;
  /** Returns the hooks of an instance. They receive the context of the batch. Without hooks, batches are forwarded unchanged. */
  hooks(config: z.output<Schema>, context: SignalContext<S>): RewriteHooks<BatchContext>;
}

/** Defines a processor by the hooks that rewrite a request. The name of its file is its type. */
export function defineRewriter<Schema extends ConfigSchema, const S extends Signal>({
  dropReason = 'filtered',
  hooks,
  ...definition
}: RewriterDefinition<Schema, S>): ProcessorDefinition<Schema, S> {
  return defineProcessor<Schema, S>({
    ...definition,
    create(config, next, context) {
      const rewrite = hooks(config, context);
      if (Object.keys(rewrite).length === 0) return { consume: (batch) => next.consume(batch) };
      return { consume: (batch) => rewriteBatch(batch, rewrite, next, (items) => context.dropped(items, dropReason)) };
    },
  });
}

/** Rewrites the parts of a batch and forwards the remaining items. Unchanged parts and batches are not copied. */
function rewriteBatch(
  batch: Batch,
  hooks: RewriteHooks<BatchContext>,
  next: Consumer,
  countDropped: (items: number) => void,
): Outcome | Promise<Outcome> {
  const { signal, context } = batch;
  const parts: Uint8Array[] = [];
  let itemCount = 0;
  let sizeBytes = 0;
  let dropped = 0;
  let changed = false;
  for (const part of batch.parts) {
    const result = rewriteItems(signal, part, hooks, context);
    dropped += result.dropped;
    itemCount += result.kept;
    changed ||= result.changed;
    if (result.bytes === undefined) continue;
    parts.push(result.bytes);
    sizeBytes += result.bytes.length;
  }
  if (dropped > 0) countDropped(dropped);
  if (!changed) return next.consume(batch);
  return parts.length === 0 ? ACCEPTED : next.consume({ signal, parts, itemCount, sizeBytes, context });
}
