import { OPERATION } from '../../summaries/operations.ts';
import { RequestStats } from './histogram.ts';
import { checkGroups, type OpenSummary, stepOfCell } from './open-summary.ts';
import { type PackedRequests, STATS, type SummaryRequest } from './protocol.ts';

type RequestsRequest = SummaryRequest & { readonly kind: 'requests' };

/** Merges requests by group and step. */
export function mergeRequests(summaries: readonly OpenSummary[], request: RequestsRequest): PackedRequests {
  const merged = new MergedRequests();
  for (const summary of summaries) mergeInto(merged, summary, request);
  return merged.pack();
}

function mergeInto(merged: MergedRequests, summary: OpenSummary, request: RequestsRequest): void {
  const { reader } = summary;
  const { by, service: only } = request;
  const stepOf = stepOfCell(summary, request);
  const rootOnly = new Set(request.rootOnly);
  const { strings } = reader;
  const isWanted = strings.map((name) => only === undefined || name === only);
  const isRootOnly = strings.map((name) => rootOnly.has(name));
  // The groups of this summary's services and names, so that strings are hashed once.
  const groups = new Map<number, number>();
  reader.services();
  reader.operations(({ cell, service, name, bits, count, sum, min, max }) => {
    const step = stepOf(cell);
    if (step === undefined || isWanted[service] !== true) return undefined;
    if ((bits & OPERATION.serving) === 0 && isRootOnly[service] !== true) return undefined;
    const ofService = by === 'service' || by === 'operation' ? service : 0;
    const ofName = by === 'route' || by === 'operation' ? name : 0;
    const number = ofService * strings.length + ofName;
    let group = groups.get(number);
    if (group === undefined) {
      group = merged.group(strings[ofService] ?? '', strings[ofName] ?? '');
      groups.set(number, group);
    }
    const stats = merged.stats(group, step);
    stats.add(count, (bits & OPERATION.failed) === 0 ? 0 : count, sum, min, max);
    return stats;
  });
}

/** The service and span name of a group; empty if requests are not grouped by them. */
type GroupKey = readonly [service: string, name: string];

/** Requests by group and step. */
export class MergedRequests {
  readonly #keys: GroupKey[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #stats = new Map<number, Map<number, RequestStats>>();
  #count = 0;

  /** Returns the number of the group of a service and name. */
  group(service: string, name: string): number {
    const key = JSON.stringify([service, name]);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#keys.length;
      this.#keys.push([service, name]);
      this.#numbers.set(key, number);
    }
    return number;
  }

  stats(group: number, step: number): RequestStats {
    let steps = this.#stats.get(group);
    if (steps === undefined) {
      steps = new Map();
      this.#stats.set(group, steps);
    }
    let stats = steps.get(step);
    if (stats === undefined) {
      stats = new RequestStats();
      steps.set(step, stats);
      checkGroups(++this.#count);
    }
    return stats;
  }

  /**
   * Adds requests that another thread has merged. `groupOf` returns the group of a key; `undefined` excludes it.
   * `addedSteps` is added to the numbers of steps.
   */
  addPacked(
    { keys, stats, buckets }: PackedRequests,
    groupOf: (key: GroupKey) => GroupKey | undefined = (key) => key,
    addedSteps = 0,
  ): void {
    const groups = keys.map((key) => {
      const own = groupOf(key);
      return own && this.group(...own);
    });
    let at = 0;
    for (let i = 0; i < stats.length; i += STATS) {
      const [key = 0, step = 0, count = 0, errors = 0, sum = 0, min = 0, max = 0, length = 0] = stats.subarray(
        i,
        i + STATS,
      );
      const group = groups[key];
      if (group === undefined) {
        at += length * 2;
        continue;
      }
      const own = this.stats(group, step + addedSteps);
      own.add(count, errors, sum, min, max);
      for (const end = at + length * 2; at < end; at += 2) own.addBucket(buckets[at] ?? 0, buckets[at + 1] ?? 0);
    }
  }

  /** Returns the groups with their requests by step. */
  *all(): Generator<{
    readonly service: string;
    readonly name: string;
    readonly steps: ReadonlyMap<number, RequestStats>;
  }> {
    for (const [group, steps] of this.#stats) {
      const [service, name] = this.#keys[group] ?? ['', ''];
      yield { service, name, steps };
    }
  }

  pack(): PackedRequests {
    const stats: number[] = [];
    const buckets: number[] = [];
    for (const [group, steps] of this.#stats) {
      for (const [step, { count, errors, sum, min, max }] of steps) {
        const own = this.stats(group, step);
        const before = buckets.length;
        own.forEachBucket((bucket, requests) => buckets.push(bucket, requests));
        stats.push(group, step, count, errors, sum, min, max, (buckets.length - before) / 2);
      }
    }
    return { keys: this.#keys, stats: Float64Array.from(stats), buckets: Uint32Array.from(buckets) };
  }
}
