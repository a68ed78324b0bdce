import type { Emit, Operator } from '../definition/operator.ts';
import type { EntryGuard } from '../definition/process-entries.ts';
import type { Entry } from '../entry/entry.ts';
import type { Field } from '../entry/field.ts';

/** The options of a `Recombiner`. */
export interface RecombinerOptions {
  readonly matchesFirst: boolean;
  readonly matches: (entry: Entry) => boolean;
  readonly guard: EntryGuard;
  readonly failed: (message: string) => void;
  /** Counts entries whose text is lost. */
  readonly dropped: (count: number) => void;
  readonly now: () => number;
  readonly combineField: Field;
  readonly combineWith: string;
  readonly sourceIdentifier: Pick<Field, 'get'>;
  readonly overwriteWith: 'oldest' | 'newest';
  readonly maxBatchSize: number;
  readonly maxUnmatchedBatchSize: number;
  readonly maxLogSize: number;
  readonly maxSources: number;
  readonly forceFlushPeriod: number;
}

/** Entries of one source that become one. */
interface Series {
  readonly first: Entry;
  base: Entry;
  count: number;
  text: string;
  sizeBytes: number;
  hasMatched: boolean;
  readonly sinceMillis: number;
}

const DEFAULT_SOURCE = 'DefaultSourceIdentifier';

/** Combines consecutive entries of each source into one. */
export class Recombiner implements Operator {
  readonly #options: RecombinerOptions;
  readonly #series = new Map<string, Series>();

  constructor(options: RecombinerOptions) {
    this.#options = options;
  }

  process(entries: readonly Entry[], emit: Emit): void {
    const { guard, matches, matchesFirst } = this.#options;
    const kept: Entry[] = [];
    for (const entry of entries) {
      if (guard.skips(entry, kept)) continue;
      let isMatch: boolean;
      try {
        isMatch = matches(entry);
      } catch (error) {
        guard.fail(entry, error, kept);
        continue;
      }
      const source = this.#sourceOf(entry);
      if (isMatch && matchesFirst) this.#end(source, kept);
      this.#add(entry, source, isMatch, kept);
      if (isMatch && !matchesFirst) this.#end(source, kept);
    }
    if (kept.length > 0) emit(kept);
  }

  flush(which: 'due' | 'all', emit: Emit): void {
    const before = this.#options.now() - this.#options.forceFlushPeriod;
    const kept: Entry[] = [];
    for (const [source, { sinceMillis }] of [...this.#series])
      if (which === 'all' || sinceMillis <= before) this.#end(source, kept);
    if (kept.length > 0) emit(kept);
  }

  forEachHeld(visit: (entry: Entry) => void): void {
    for (const { first } of this.#series.values()) visit(first);
  }

  #sourceOf(entry: Entry): string {
    const source = this.#options.sourceIdentifier.get(entry);
    return typeof source === 'string' && source !== '' ? source : DEFAULT_SOURCE;
  }

  #add(entry: Entry, source: string, isMatch: boolean, kept: Entry[]): void {
    const { combineField, combineWith, maxBatchSize, maxLogSize, maxUnmatchedBatchSize, maxSources } = this.#options;
    let series = this.#series.get(source);
    if (series === undefined) {
      if (this.#series.size >= maxSources) {
        this.#options.failed(`more than ${maxSources} series at a time (max_sources), all are ended`);
        for (const known of [...this.#series.keys()]) this.#end(known, kept);
      }
      series = this.#begin(entry, source);
    } else {
      series.count++;
      if (this.#options.overwriteWith === 'newest') series.base = entry;
    }
    series.hasMatched ||= isMatch;
    const text = combineField.get(entry);
    if (typeof text !== 'string') {
      this.#options.failed(`expected a string in ${combineField}, got an entry without it`);
      this.#options.dropped(1);
      return;
    }
    const part = series.sizeBytes > 0 ? combineWith + text : text;
    series.text += part;
    series.sizeBytes += Buffer.byteLength(part);
    const isFull =
      (maxLogSize > 0 && series.sizeBytes > maxLogSize) ||
      (maxBatchSize > 0 && series.count >= maxBatchSize) ||
      (!series.hasMatched && maxUnmatchedBatchSize > 0 && series.count >= maxUnmatchedBatchSize);
    if (isFull) this.#end(source, kept);
  }

  #begin(entry: Entry, source: string): Series {
    const series = {
      first: entry,
      base: entry,
      count: 1,
      text: '',
      sizeBytes: 0,
      hasMatched: false,
      sinceMillis: this.#options.now(),
    };
    this.#series.set(source, series);
    return series;
  }

  #end(source: string, kept: Entry[]): void {
    const series = this.#series.get(source);
    if (series === undefined) return;
    this.#series.delete(source);
    this.#options.combineField.set(series.base, series.text);
    kept.push(series.base);
  }
}
