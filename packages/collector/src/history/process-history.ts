import type { PipelineGraph, ProcessHistory, ProcessHistoryRequest } from '@otelier/query';
import type { Store } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import type { LastReload } from '../component/host.ts';
import type { HistoryFile } from './history-file.ts';
import { ITEMS, joiningOf, processSample, QUEUE, SERIES } from './process-sample.ts';
import { SeriesRing } from './series-ring.ts';

const SAMPLE_MILLIS = 5_000;
/** An hour in steps of 5 seconds, two days in minutes, and 40 days in half hours. */
const RINGS = [
  { stepMillis: SAMPLE_MILLIS, capacity: 720 },
  { stepMillis: 60_000, capacity: 2_880 },
  { stepMillis: 1_800_000, capacity: 1_920 },
] as const;
/** Samples between two readings of the store's size, and between two writings of the file. */
const STORE_EVERY = 12;
const SAVE_EVERY = 60;
const MAX_RELOADS = 200;

/** What a history observes. */
export interface ObservedProcess {
  graph(): PipelineGraph;
  stores(): ReadonlyMap<string, Store>;
  /** Returns whether this process owns the directory of a store, so that it can write a file there. */
  owns(store: Store): boolean;
}

/** The past of the process's own statistics, in memory of a fixed size and in a file beside the store. */
export class ProcessPast {
  readonly #observed: ObservedProcess;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #rings = RINGS.map(({ stepMillis, capacity }) => new SeriesRing(stepMillis, capacity, joiningOf));
  readonly #reloads: ProcessHistory['reloads'][number][] = [];
  #file: HistoryFile | undefined;
  #before: PipelineGraph | undefined;
  #taken = 0;
  #cancel: () => void = () => {};
  #writing: Promise<void> = Promise.resolve();

  constructor(observed: ObservedProcess, clock: Clock, warn: (message: string) => void) {
    this.#observed = observed;
    this.#clock = clock;
    this.#warn = warn;
  }

  /** Takes a sample every five seconds until the history is closed. */
  start(): void {
    this.#cancel = this.#clock.setTimeout(() => {
      this.#sample();
      this.start();
    }, SAMPLE_MILLIS);
  }

  addReload({ atMillis, result, trigger, restarted, added, removed }: LastReload): void {
    this.#reloads.push({ atMillis, result, trigger, components: [...restarted, ...added, ...removed] });
    if (this.#reloads.length > MAX_RELOADS) this.#reloads.shift();
  }

  /** Returns the values between two times, in steps. A step without a sample has none. */
  read({ startMillis, endMillis, steps }: ProcessHistoryRequest): ProcessHistory {
    const stepMillis = (endMillis - startMillis) / steps;
    // What the coarser samples know for certain, in steps that can begin before their first sample.
    const oldest = Math.min(...this.#rings.map((ring) => (ring.firstMillis ?? 0) + ring.stepMillis));
    const fitting = this.#rings.filter((ring) => ring.stepMillis <= Math.max(SAMPLE_MILLIS, stepMillis * 2));
    // The finest samples that go back far enough.
    const ring = fitting.find(({ firstMillis = 0 }) => firstMillis <= Math.max(startMillis, oldest)) ?? fitting.at(-1);
    const valuesOf = (name: string): (number | null)[] => {
      const values: (number | null)[] = new Array(steps).fill(null);
      ring?.forEach(name, startMillis, endMillis, (millis, value) => {
        const step = Math.min(steps - 1, Math.floor((millis - startMillis) / stepMillis));
        const known = values[step];
        values[step] = known === null || known === undefined ? value : Math.max(known, value);
      });
      return values;
    };
    const named = (prefix: string) =>
      (ring?.names ?? [])
        .filter((name) => name.startsWith(prefix))
        .map((name) => ({ name: name.slice(prefix.length), values: valuesOf(name) }))
        .filter(({ values }) => values.some((value) => value !== null));
    const [cpuCores, memoryBytes, heapBytes, delayMillis, admissionShare, diskBytes] = SERIES.map(valuesOf);
    const first = this.#rings.map(({ firstMillis }) => firstMillis ?? Number.POSITIVE_INFINITY);
    const sinceMillis = Math.min(...first);
    return {
      timesMillis: Array.from({ length: steps }, (_, step) => startMillis + step * stepMillis),
      stepMillis,
      sampleMillis: ring?.stepMillis ?? SAMPLE_MILLIS,
      ...(Number.isFinite(sinceMillis) && { sinceMillis }),
      cpuCores: cpuCores ?? [],
      memoryBytes: memoryBytes ?? [],
      heapBytes: heapBytes ?? [],
      eventLoopDelayP99Millis: delayMillis ?? [],
      admissionShare: admissionShare ?? [],
      diskBytes: diskBytes ?? [],
      queues: named(QUEUE),
      itemsPerSecond: named(ITEMS),
      reloads: this.#reloads.filter(({ atMillis }) => atMillis >= startMillis && atMillis < endMillis),
    };
  }

  /** Ends the sampling, and waits for the file. */
  async close(): Promise<void> {
    this.#cancel();
    await this.#writing;
  }

  #sample(): void {
    const graph = this.#observed.graph();
    const millis = this.#clock.now();
    const sample = processSample(graph, this.#before);
    this.#before = graph;
    for (const ring of this.#rings) ring.add(millis, sample);
    if (this.#taken % STORE_EVERY === 0) void this.#addDisk(millis);
    if (this.#taken % SAVE_EVERY === SAVE_EVERY - 1) this.save();
    this.#taken += 1;
  }

  async #addDisk(millis: number): Promise<void> {
    try {
      let sizeBytes = 0;
      for (const store of this.#observed.stores().values()) {
        const stats = await store.stats();
        sizeBytes += stats.sizeBytes + stats.journalBytes;
        if (this.#file === undefined && this.#observed.owns(store)) await this.#restore(stats.directory);
      }
      if (this.#observed.stores().size === 0) return;
      for (const ring of this.#rings) ring.add(millis, new Map([['disk', sizeBytes]]));
    } catch {
      // The store is being closed, or its directory is gone, which its own health reports.
    }
  }

  async #restore(directory: string): Promise<void> {
    // Loaded only with a store, which needs the same modules.
    const { historyFile } = await import('./history-file.ts');
    this.#file = historyFile(directory, this.#warn);
    const kept = this.#file.read();
    if (kept === undefined) return;
    for (const [index, ring] of this.#rings.entries())
      for (const { millis, sample } of kept.rings[index] ?? []) ring.add(millis, sample);
    this.#reloads.unshift(...kept.reloads);
    this.#reloads.splice(0, Math.max(0, this.#reloads.length - MAX_RELOADS));
  }

  /** Writes what is kept for longer than an hour to the file, if this process may write one. */
  save(): void {
    const file = this.#file;
    if (file === undefined) return;
    const rings = this.#rings.map((ring, index) => (index === 0 ? [] : samplesOf(ring)));
    this.#writing = this.#writing
      .then(() => file.write({ rings, reloads: this.#reloads }))
      .catch((error: unknown) => this.#warn(`history not saved: ${error instanceof Error ? error.message : error}`));
  }
}

function samplesOf(ring: SeriesRing): { readonly millis: number; readonly sample: ReadonlyMap<string, number> }[] {
  const samples = new Map<number, Map<string, number>>();
  for (const name of ring.names) {
    ring.forEach(name, 0, Number.POSITIVE_INFINITY, (millis, value) => {
      const sample = samples.get(millis) ?? new Map<string, number>();
      samples.set(millis, sample.set(name, value));
    });
  }
  return [...samples].map(([millis, sample]) => ({ millis, sample }));
}
