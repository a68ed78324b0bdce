import {
  ACCEPTED,
  type Batch,
  type BatchContext,
  type Outcome,
  type RewriteHooks,
  type RewrittenRequest,
  releaseBytes,
  rewriteItems,
  type Signal,
} from '@otelier/otlp';
import type { z } from 'zod';
import { type Consumer, passOwned, type SignalContext } from './contract.ts';
import { type ConfigSchema, defineProcessor, type ProcessorDefinition } from './define.ts';

/** The definition of a processor that edits and drops items in place, using `RewriteHooks`. */
export interface RewriterDefinition<Schema extends ConfigSchema, S extends Signal>
  extends Omit<ProcessorDefinition<Schema, S>, 'kind' | 'create'> {
  /** Reason under which dropped items are counted. Default `filtered`. */
  readonly dropReason?: string;
  /**
   * Whether the hooks keep no views of a request after it was rewritten, so that its memory can be used again. Default:
   * they may keep some.
   */
  readonly keepsNoBytes?: boolean;
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
  keepsNoBytes = false,
  hooks,
  ...definition
}: RewriterDefinition<Schema, S>): ProcessorDefinition<Schema, S> {
  return defineProcessor<Schema, S>({
    ...definition,
    create(config, next, context) {
      const passes = [hooks(config, context)].flat();
      return (keepsNoBytes ? createOwnedRewriter : createRewriter)(passes, next, context, dropReason);
    },
  });
}

/** Creates a consumer that rewrites batches with hooks that run in sequence, for processors with their own lifecycle. */
export function createRewriter(
  hooks: readonly Hooks[],
  next: Consumer,
  context: CountingContext,
  dropReason = 'filtered',
): Consumer {
  const { consume } = createOwnedRewriter(hooks, next, context, dropReason);
  return { consume };
}

/** Like `createRewriter`, for hooks that keep no views of a request: its memory can be used again. */
export function createOwnedRewriter(
  hooks: readonly Hooks[],
  next: Consumer,
  context: CountingContext,
  dropReason = 'filtered',
): Consumer {
  const passes = hooks.filter((rewrite) => Object.keys(rewrite).length > 0);
  if (passes.length === 0)
    return { consume: (batch) => next.consume(batch), consumeOwned: (batch) => passOwned(next, batch) };
  const counts = countsOf(context, dropReason);
  return {
    consume: (batch) => rewriteBatch(batch, passes, next, counts),
    consumeOwned: (batch) => rewriteBatch(batch, passes, next, counts, true),
  };
}

/** Counts what rewriting does to the number of items. */
export interface RewriteCounts {
  readonly dropped?: (itemCount: number) => void;
  readonly created?: ((itemCount: number, reason: string) => void) | undefined;
  readonly merged?: ((itemCount: number, reason: string) => void) | undefined;
}

/** The part of a component's context that counts items. */
export type CountingContext = Pick<SignalContext, 'dropped'> & Partial<Pick<SignalContext, 'created' | 'merged'>>;

function countsOf({ dropped, created, merged }: CountingContext, dropReason: string): RewriteCounts {
  return { dropped: (itemCount) => dropped(itemCount, dropReason), created, merged };
}

/**
 * Rewrites the parts of a batch and forwards the remaining items. Unchanged parts and batches are not copied. Of a batch
 * that is owned, as in `consumeOwned`, the memory of the changed parts is used again.
 */
export function rewriteBatch(
  batch: Batch,
  passes: readonly Hooks[],
  next: Consumer,
  counts: RewriteCounts,
  isOwned = false,
): Outcome | Promise<Outcome> {
  const { signal, context } = batch;
  const parts: Uint8Array[] = [];
  let itemCount = 0;
  let sizeBytes = 0;
  let dropped = 0;
  let changed = false;
  try {
    for (const part of batch.parts) {
      const result = rewritePart(signal, part, passes, context, isOwned);
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
  if (dropped > 0) counts.dropped?.(dropped);
  const added = changed ? itemCount + dropped - batch.itemCount : 0;
  if (added > 0) counts.created?.(added, 'added');
  if (added < 0) counts.merged?.(-added, 'combined');
  if (changed && parts.length === 0) return ACCEPTED;
  const output = changed ? { signal, parts, itemCount, sizeBytes, context } : batch;
  return isOwned ? passOwned(next, output) : next.consume(output);
}

function rewritePart(
  signal: Signal,
  part: Uint8Array,
  passes: readonly Hooks[],
  context: BatchContext,
  isOwned: boolean,
): RewrittenRequest {
  let result: RewrittenRequest | undefined;
  for (const hooks of passes) {
    const bytes = result === undefined ? part : result.bytes;
    if (bytes === undefined) break;
    const next = rewriteItems(signal, bytes, hooks, context);
    if (isOwned && next.bytes !== bytes) releaseBytes(bytes);
    result =
      result === undefined
        ? next
        : { ...next, dropped: result.dropped + next.dropped, changed: result.changed || next.changed };
  }
  return result ?? { bytes: part, kept: 0, dropped: 0, changed: false };
}
