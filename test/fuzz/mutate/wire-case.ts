import type { Signal } from '@otelier/otlp';
import type { Random } from '@otelier/testkit/otlp/random';
import type { Seed } from '../corpus.ts';
import { hostileRequest } from './hostile.ts';
import { mutateWire } from './wire.ts';

/** A mutated request with its signal. */
export interface WireCase {
  readonly signal: Signal;
  readonly input: Uint8Array;
}

/** One in this many inputs is large and maximizes the receiver's work. */
const HOSTILE_ONE_IN = 5_000;

/** Creates a mutated request from the corpus. */
export function wireCase(corpus: readonly Seed[], random: Random): WireCase {
  const seed = corpus[random(corpus.length)];
  if (seed === undefined) throw new Error('the corpus is empty');
  const { signal, tree } = seed;
  return { signal, input: random(HOSTILE_ONE_IN) === 0 ? hostileRequest(random) : mutateWire(tree, random) };
}
