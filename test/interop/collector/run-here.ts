import { type Batch, countItems, localContext, requestFromJson, type Signal } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { findEntry } from '../../../packages/collector/src/config/registry.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';
import type { ComponentCases, Configuration, SignalPair, Step } from './cases.ts';
import { generatedSteps } from './inputs.ts';
import { itemsOf, type Output } from './items.ts';

/** A configuration's behavior for its steps. */
export interface Behavior {
  /** Why the configuration was rejected, if it was. */
  readonly refused?: string;
  /** The steps whose request was rejected, in order. */
  readonly failed: readonly number[];
  /** The emitted items (see `itemsOf`). */
  readonly items: readonly string[];
}

/** Start of the manual clock, in 2100. Later timestamps belong to the run. */
const START_MILLIS = 4_102_444_800_000;

/** Returns a configuration's steps for a signal. */
export function stepsOf({ steps }: Configuration, signals: SignalPair): readonly Step[] {
  return steps ?? generatedSteps(receivedBy(signals));
}

/** Returns the signal that a component receives. */
export function receivedBy(signals: SignalPair): string {
  return signals.split('>')[0] ?? '';
}

/** Encodes a step's request. */
export function encode(signal: string, request: object): Uint8Array {
  const known = encodings.get(request) ?? encodeOnce(signal, request);
  encodings.set(request, known);
  // Components may write to what they receive.
  return known.slice();
}

/** Many configurations have the same steps, each for one signal. */
const encodings = new WeakMap<object, Uint8Array>();

function encodeOnce(signal: string, request: object): Uint8Array {
  const encoded = requestFromJson(signal as Signal, JSON.stringify(request));
  if (!encoded.ok) throw new Error(`${JSON.stringify(encoded)} for ${JSON.stringify(request)}`);
  return encoded.bytes;
}

/** Runs a configuration in otelier. */
export async function runHere(
  { kind, type, environment = {}, random }: ComponentCases,
  configuration: Configuration,
  signals: SignalPair,
): Promise<Behavior> {
  const found = findEntry(registry, kind, type);
  if (found === undefined) throw new Error(`otelier has no ${kind} ${type}`);
  const [from, to] = signals.split('>') as [Signal, Signal | undefined];
  const outputs: Output[] = [];
  const failed: number[] = [];
  const left = new Map(Object.entries(configuration.fails ?? {}));
  let bench: Awaited<ReturnType<typeof createComponentBench>>;
  try {
    bench = await createComponentBench(await found.entry.load(), {
      config: configuration.config,
      environment,
      signals: [from],
      startMillis: START_MILLIS,
      ...(to && { outputs: { [to]: configuration.pipelines?.[to] ?? ['out'] } }),
    });
    await bench.start();
  } catch (error) {
    return { refused: String(error), failed, items: [] };
  }
  bench.response = ({ signal, parts }, pipeline) => {
    const rejections = left.get(pipeline) ?? 0;
    if (rejections !== 0) {
      left.set(pipeline, Math.max(rejections - 1, -1));
      return { kind: 'refused', reason: 'the pipeline fails' };
    }
    outputs.push(...parts.map((request) => ({ signal, pipeline, request })));
    return { kind: 'accepted' };
  };
  for (const [index, step] of stepsOf(configuration, signals).entries()) {
    if ('waitMillis' in step) await bench.clock.advance(step.waitMillis);
    else {
      const outcome = await bench.send(batchOf(from, encode(from, step.send)));
      if (outcome.kind !== 'accepted') failed.push(index);
    }
  }
  await bench.close();
  return { failed, items: itemsOf(outputs, random) };
}

function batchOf(signal: Signal, bytes: Uint8Array): Batch {
  return {
    signal,
    parts: [bytes],
    itemCount: countItems(signal, bytes),
    sizeBytes: bytes.length,
    context: localContext(START_MILLIS),
  };
}
