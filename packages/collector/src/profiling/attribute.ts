import type { PipelineGraph, ProfileReport } from '@otelier/query';
import { createClassifier, type Owner } from './owners.ts';
import { stackTimes } from './stacks.ts';
import type { ThreadProfile } from './threads.ts';

/** The CPU usage of a process by component, and by thread. */
export interface Attribution {
  readonly usage: ProfileReport['usage'][number][];
  /** CPU time of each thread. */
  readonly threadMillis: readonly number[];
}

/**
 * Attributes the samples of profiles to components, by the files of the functions on each stack. The innermost frame that
 * belongs to a component counts. Time without one is attributed to shared code. If a type has several components, its
 * time is divided by the bytes that entered them between two snapshots of the graph.
 */
export function attribute(threads: readonly ThreadProfile[], before: PipelineGraph, after: PipelineGraph): Attribution {
  const classify = createClassifier(after);
  const totals = new Map<string, { readonly owner: Owner; micros: number }>();
  const threadMillis = threads.map(({ profile }) => {
    let threadMicros = 0;
    for (const { stack, micros } of stackTimes(profile)) {
      const owner = classify(stack);
      const total = totals.get(owner.key) ?? { owner, micros: 0 };
      total.micros += micros;
      totals.set(owner.key, total);
      threadMicros += micros;
    }
    return threadMicros / 1000;
  });
  const usage = [...totals.values()].flatMap(({ owner, micros }) => divide(owner, micros / 1000, before, after));
  return { usage: usage.toSorted((a, b) => b.cpuMillis - a.cpuMillis), threadMillis };
}

function divide(owner: Owner, cpuMillis: number, before: PipelineGraph, after: PipelineGraph): Attribution['usage'] {
  const { components } = owner;
  const [only] = components;
  if (only === undefined) return [{ name: owner.key, isComponent: false, isEstimate: false, cpuMillis }];
  if (components.length === 1) return [{ name: only, isComponent: true, isEstimate: false, cpuMillis }];
  const bytes = components.map((name) => Math.max(0, bytesThrough(name, after) - bytesThrough(name, before)));
  const total = bytes.reduce((sum, one) => sum + one, 0);
  return components.map((name, index) => {
    const share = total > 0 ? (bytes[index] ?? 0) / total : 1 / components.length;
    return { name, isComponent: true, isEstimate: true, cpuMillis: cpuMillis * share };
  });
}

/** Returns the bytes that have passed the edges of a component: those that enter it, or that a receiver forwards. */
function bytesThrough(name: string, { nodes, edges }: PipelineGraph): number {
  const ids = new Set(nodes.filter(({ kind, component }) => `${kind}s/${component}` === name).map(({ id }) => id));
  const isReceiver = name.startsWith('receivers/');
  return edges.filter(({ from, to }) => ids.has(isReceiver ? from : to)).reduce((sum, { bytes }) => sum + bytes, 0);
}
