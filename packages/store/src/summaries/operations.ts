import { BUCKET_BITS, bucketOf } from './durations.ts';
import { Groups } from './groups.ts';
import { sortKeys } from './sort.ts';

/** Kinds of spans that serve a request. */
export const SERVING_KINDS: ReadonlySet<string> = new Set(['SERVER', 'CONSUMER']);
/** Status codes of failed spans. */
export const FAILED_CODES: ReadonlySet<string> = new Set(['ERROR']);

/** The bits of an operation's kind. */
export const OPERATION = {
  failed: 1,
  /** A server or consumer span. */
  serving: 2,
  /** A root span that is neither. It counts as a request if its service has no server or consumer spans. */
  root: 4,
} as const;

/** The requests of an operation (service, span name and kind bits) in a cell. */
export interface OperationCell {
  readonly cell: number;
  readonly service: number;
  readonly name: number;
  readonly bits: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** Pairs of a bucket and its count, in ascending order. */
  readonly buckets: Uint32Array;
}

/** Counts the requests of each operation and cell, with their durations. */
export class OperationCells {
  readonly #groups = new Groups();
  /** For each request, its group and bucket. */
  #requests = new Uint32Array(4096);
  #requestCount = 0;
  #counts = new Float64Array(256);
  #sums = new Float64Array(256);
  #mins = new Float64Array(256);
  #maxs = new Float64Array(256);

  get count(): number {
    return this.#groups.count;
  }

  add(cell: number, service: number, name: number, bits: number, nanos: number): void {
    const group = this.#groups.find(cell, service, name, bits);
    if (group >= this.#counts.length) this.#grow();
    const count = this.#counts[group] as number;
    this.#counts[group] = count + 1;
    this.#sums[group] = (this.#sums[group] as number) + nanos;
    if (count === 0 || nanos < (this.#mins[group] as number)) this.#mins[group] = nanos;
    if (count === 0 || nanos > (this.#maxs[group] as number)) this.#maxs[group] = nanos;
    if (this.#requestCount === this.#requests.length) {
      const grown = new Uint32Array(this.#requests.length * 4);
      grown.set(this.#requests);
      this.#requests = grown;
    }
    this.#requests[this.#requestCount++] = (group << BUCKET_BITS) | bucketOf(nanos);
  }

  all(): readonly OperationCell[] {
    const { keys } = this.#groups;
    const requests = sortKeys(this.#requests, this.#requestCount, BUCKET_BITS + 32 - Math.clz32(this.count));
    const pairs = new Uint32Array(requests.length * 2);
    const cells: OperationCell[] = [];
    let at = 0;
    for (let group = 0, from = 0; group < this.count; group++) {
      const first = at;
      while (from < requests.length && (requests[from] as number) >>> BUCKET_BITS === group) {
        const key = requests[from] as number;
        const start = from;
        while (from < requests.length && requests[from] === key) from++;
        pairs[at++] = key & ((1 << BUCKET_BITS) - 1);
        pairs[at++] = from - start;
      }
      cells.push({
        cell: keys[group * 4] ?? 0,
        service: keys[group * 4 + 1] ?? 0,
        name: keys[group * 4 + 2] ?? 0,
        bits: keys[group * 4 + 3] ?? 0,
        count: this.#counts[group] ?? 0,
        sum: this.#sums[group] ?? 0,
        min: this.#mins[group] ?? 0,
        max: this.#maxs[group] ?? 0,
        buckets: pairs.subarray(first, at),
      });
    }
    return cells;
  }

  #grow(): void {
    const grown = (values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(values.length * 2);
      larger.set(values);
      return larger;
    };
    this.#counts = grown(this.#counts);
    this.#sums = grown(this.#sums);
    this.#mins = grown(this.#mins);
    this.#maxs = grown(this.#maxs);
  }
}
