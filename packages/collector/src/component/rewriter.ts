import {
  ACCEPTED,
  type Batch,
  type BatchContext,
  type Outcome,
  type RewriteHooks,
  type RewrittenRequest,
  rewriteItems,
  type Signal,
} from '@otelier/otlp';
import type { z } from 'zod';
import type { Consumer, SignalContext } from './contract.ts';
import { type ConfigSchema, defineProcessor, type ProcessorDefinition } from './define.ts';

/** The definition of a processor that edits and drops items in place, using `RewriteHooks`. */
export interface RewriterDefinition<Schema extends ConfigSchema, S extends Signal>
  extends Omit<ProcessorDefinition<Schema, S>, 'kind' | 'create'> {
  /** Reason under which dropped items are counted. Default `filtered`. */
  readonly dropReason?: string;
  /**
   * Returns the hooks of an instance, or several sets of hooks that run in sequence. They receive the batch context and
   * may throw a `BatchRejection`. Without hooks, batches are forwarded unchanged.
   */
  hooks(config: z.output<Schema>, context: SignalContext<S>): Hooks | readonly Hooks[];
}

/** Hooks that receive the batch context. */
export type Hooks = RewriteHooks<BatchContext>;

/** Thrown by hooks to refuse a batch. The message is the reason returned to its sender. */
export class BatchRejection extends Error {
  override readonly name: string = 'BatchRejection';
  /** Whether the sender may try again later. */
  readonly isTemporary: boolean = false;
}

/** Defines a processor by the hooks that rewrite its requests. Its type is its file name. */
export function defineRewriter<Schema extends ConfigSchema, const S extends Signal>({
  dropReason = 'filtered',
  hooks,
  ...definition
}: RewriterDefinition<Schema, S>): ProcessorDefinition<Schema, S> {
  return defineProcessor<Schema, S>({
    ...definition,
    create(config, next, context) {
      return createRewriter([hooks(config, context)].flat(), next, context, dropReason);
    },
  });
}

/** Creates a consumer that rewrites batches with hooks that run in sequence, for processors with their own lifecycle. */
export function createRewriter(
  hooks: readonly Hooks[],
  next: Consumer,
  context: Pick<SignalContext, 'dropped'>,
  dropReason = 'filtered',
): Consumer {
  const passes = hooks.filter((rewrite) => Object.keys(rewrite).length > 0);
  if (passes.length === 0) return { consume: (batch) => next.consume(batch) };
  return { consume: (batch) => rewriteBatch(batch, passes, next, (items) => context.dropped(items, dropReason)) };
}

/** Rewrites the parts of a batch and forwards the remaining items. Unchanged parts and batches are not copied. */
export function rewriteBatch(
  batch: Batch,
  passes: readonly Hooks[],
  next: Consumer,
  countDropped: (items: number) => void,
): Outcome | Promise<Outcome> {
  const { signal, context } = batch;
  const parts: Uint8Array[] = [];
  let itemCount = 0;
  let sizeBytes = 0;
  let dropped = 0;
  let changed = false;
  try {
    for (const part of batch.parts) {
      const result = rewritePart(signal, part, passes, context);
      dropped += result.dropped;
      itemCount += result.kept;
      changed ||= result.changed;
      if (result.bytes === undefined) continue;
      parts.push(result.bytes);
      sizeBytes += result.bytes.length;
    }
  } catch (error) {
    if (error instanceof BatchRejection) {
      const reason = error.message;
      return error.isTemporary ? { kind: 'retry', afterMillis: undefined, reason } : { kind: 'refused', reason };
    }
    throw error;
  }
  if (dropped > 0) countDropped(dropped);
  if (!changed) return next.consume(batch);
  return parts.length === 0 ? ACCEPTED : next.consume({ signal, parts, itemCount, sizeBytes, context });
}

function rewritePart(
  signal: Signal,
  part: Uint8Array,
  passes: readonly Hooks[],
  context: BatchContext,
): RewrittenRequest {
  let result: RewrittenRequest | undefined;
  for (const hooks of passes) {
    const bytes = result === undefined ? part : result.bytes;
    if (bytes === undefined) break;
    const next = rewriteItems(signal, bytes, hooks, context);
    result =
      result === undefined
        ? next
        : { ...next, dropped: result.dropped + next.dropped, changed: result.changed || next.changed };
  }
  return result ?? { bytes: part, kept: 0, dropped: 0, changed: false };
}
