import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Signal } from '@otelier/otlp';
import type { RemovalReason, SignalRetention, StoreEvent } from '../contract.ts';
import type { Purpose } from '../purposes/contract.ts';
import type { TenantSizes } from '../tenants/contract.ts';
import type { DataFile } from './files/files.ts';
import { type RetentionState, RetentionTime, retentionStep } from './retention-time.ts';
import type { StoreClock } from './store-clock.ts';

/** The age and size limits, and the directory. */
export interface RetentionOptions {
  readonly directory: string;
  readonly retentionMillis: number;
  readonly maxBytes: number;
  readonly retention?: SignalRetention | undefined;
  readonly tenantSizes?: TenantSizes | undefined;
  readonly purposes?: readonly Purpose[] | undefined;
}

/** An expired file and why it expired. */
export interface Expired {
  readonly file: DataFile;
  readonly reason: RemovalReason;
}

/**
 * Selects the files to remove: those whose newest row is too old, then the oldest files by write time until the rest
 * of their signal, and of all signals, fits within the size limits.
 */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #clock: StoreClock;
  /** The reference times, by signal. Signals without an age of their own share the one of `SHARED`. */
  readonly #times: ReadonlyMap<string, RetentionTime>;
  /** The reference times of purposes, by `purposeKey`. */
  readonly #purposeTimes: ReadonlyMap<string, RetentionTime>;
  readonly #ages: ReadonlyMap<string, number>;
  /** The time before which rows are too old, by signal, as of the last check. */
  readonly #oldest = new Map<string, number>();
  readonly #onEvent: (event: StoreEvent) => void;
  #sizes: TenantSizes;
  #savedAt = Number.NEGATIVE_INFINITY;

  constructor(
    options: RetentionOptions,
    files: Iterable<DataFile>,
    clock: StoreClock,
    onEvent: (event: StoreEvent) => void,
  ) {
    this.#options = options;
    this.#clock = clock;
    const states = readStates(options.directory, files, clock);
    const own = Object.entries(options.retention ?? {}).filter(([, limits]) => limits?.maxAgeMillis !== undefined);
    this.#ages = new Map(options.purposes?.map(({ name, maxAgeMillis }) => [purposeKey(name), maxAgeMillis]));
    const timesOf = (keys: readonly string[]) =>
      new Map(keys.map((key) => [key, new RetentionTime(clock, this.#ageOf(key), states(key))]));
    this.#times = timesOf([SHARED, ...own.map(([signal]) => signal)]);
    this.#purposeTimes = timesOf([...this.#ages.keys()]);
    this.#onEvent = onEvent;
    this.#sizes = options.tenantSizes ?? {};
  }

  /** Returns the files to remove now. A file that is too old is kept if `isKept` says that purposes keep some of its rows. */
  expired(files: readonly DataFile[], isKept: (file: DataFile) => boolean = () => false): readonly Expired[] {
    const { expired, rest } = this.#byAge(files, isKept);
    if (this.#clock.monotonic() - this.#savedAt >= SAVE_INTERVAL_MILLIS) this.save();
    const { retention = {}, maxBytes } = this.#options;
    let kept: readonly DataFile[] = rest.sort(byOrderOfWriting);
    for (const [signal, limits] of Object.entries(retention)) {
      if (limits?.maxBytes === undefined) continue;
      const own = kept.filter(({ footer }) => footer.signal === signal);
      const removed = beyond(own, limits.maxBytes);
      for (const file of removed) expired.push({ file, reason: 'signal-size' });
      kept = kept.filter((file) => !removed.has(file));
    }
    for (const [tenant, own] of Map.groupBy(kept, ({ footer }) => footer.tenant)) {
      const removed = beyond(own, this.#sizeOf(tenant));
      for (const file of removed) expired.push({ file, reason: 'tenant-size' });
      kept = removed.size === 0 ? kept : kept.filter((file) => !removed.has(file));
    }
    for (const file of beyondShares(kept, maxBytes)) expired.push({ file, reason: 'size' });
    return expired;
  }

  /** Changes the maximum sizes of tenants. */
  limit(sizes: TenantSizes): void {
    this.#sizes = sizes;
  }

  /** Returns the age limit of rows of a signal without a purpose. */
  maxAgeOf(signal: Signal): number {
    return this.#ageOf(signal);
  }

  /** Reports whether rows of a file without a purpose were too old at the last check. */
  isExpired(file: DataFile): boolean {
    const { signal } = file.footer;
    return (
      newestMillis(file) < (this.#oldest.get(this.#times.has(signal) ? signal : SHARED) ?? Number.NEGATIVE_INFINITY)
    );
  }

  /** Returns those of the files that have rows of a purpose whose rows are too old. */
  expiredFor(purpose: string, files: readonly DataFile[]): readonly DataFile[] {
    const key = purposeKey(purpose);
    const time = this.#purposeTimes.get(key);
    if (time === undefined) return [];
    const oldestMillis = this.#oldestMillis(key, time, files);
    return files.filter((file) => newestMillis(file) < oldestMillis);
  }

  /** Divides files into those that are too old and the rest. */
  #byAge(
    files: readonly DataFile[],
    isKept: (file: DataFile) => boolean,
  ): { readonly expired: Expired[]; readonly rest: DataFile[] } {
    const expired: Expired[] = [];
    const rest: DataFile[] = [];
    const byAge = Map.groupBy(files, ({ footer }): string => (this.#times.has(footer.signal) ? footer.signal : SHARED));
    for (const [key, time] of this.#times) {
      const own = byAge.get(key) ?? [];
      const oldestMillis = this.#oldestMillis(key, time, own);
      this.#oldest.set(key, oldestMillis);
      for (const file of own) {
        if (newestMillis(file) < oldestMillis && !isKept(file)) expired.push({ file, reason: 'age' });
        else rest.push(file);
      }
    }
    return { expired, rest };
  }

  #sizeOf(tenant: string): number {
    const { each = Number.POSITIVE_INFINITY, named = {} } = this.#sizes;
    return Object.hasOwn(named, tenant) ? (named[tenant] ?? each) : each;
  }

  /** Returns the time before which rows are too old. */
  #oldestMillis(key: string, time: RetentionTime, files: readonly DataFile[]): number {
    const ageMillis = this.#ageOf(key);
    const { millis, heldBackMillis } = time.read(files.map((file) => newestMillis(file) + ageMillis));
    if (heldBackMillis !== undefined) {
      const stepMillis = retentionStep(ageMillis);
      this.#onEvent({ kind: 'retention-held', aheadMillis: heldBackMillis, stepMillis });
    }
    return millis - ageMillis;
  }

  #ageOf(key: string): number {
    const ofPurpose = this.#ages.get(key);
    return ofPurpose ?? this.#options.retention?.[key as Signal]?.maxAgeMillis ?? this.#options.retentionMillis;
  }

  /**
   * Returns the system time for a file about to be written. If the clock is behind only at this moment, the jump would
   * otherwise go unnoticed, and the file would expire as soon as the clock is right again.
   */
  now(): number {
    let now = Number.POSITIVE_INFINITY;
    for (const times of [this.#times, this.#purposeTimes]) {
      for (const time of times.values()) now = Math.min(now, time.noticeBackwardJump());
    }
    return now;
  }

  /**
   * Saves the clock state for the next process. It is not synced, because losing it only delays retention by an hour.
   */
  save(): void {
    this.#savedAt = this.#clock.monotonic();
    try {
      writeFileSync(join(this.#options.directory, FILE), `${JSON.stringify(this.#state())}\n`);
    } catch {
      // Other writes will report a read-only disk.
    }
  }

  /** Returns the state of the shared time, as older versions read it, with those of signals and purposes. */
  #state(): object {
    const [[, shared] = [], ...signals] = [...this.#times];
    const own = [...signals, ...this.#purposeTimes].map(([key, { state }]) => [key, state] as const);
    return own.length === 0 ? { ...shared?.state } : { ...shared?.state, signals: Object.fromEntries(own) };
  }
}

/** Key of the signals that share the general age limit. */
const SHARED = '';

/** Returns the key of a purpose, which no signal has. */
function purposeKey(name: string): string {
  return `purpose/${name}`;
}

const FILE = 'retention.json';
const SAVE_INTERVAL_MILLIS = 3_600_000;

/**
 * Returns a function that returns the state of a signal saved by the last process, or one derived from the last time at
 * which a file was written.
 */
function readStates(directory: string, files: Iterable<DataFile>, clock: StoreClock): (key: string) => RetentionState {
  let writtenMillis = Number.NEGATIVE_INFINITY;
  for (const { footer } of files) writtenMillis = Math.max(writtenMillis, footer.writtenMillis);
  const derived: RetentionState = {
    expectedMillis: writtenMillis === Number.NEGATIVE_INFINITY ? clock.now() : writtenMillis,
    heldMillis: 0,
  };
  let saved: unknown;
  try {
    saved = JSON.parse(readFileSync(join(directory, FILE), 'utf8'));
  } catch {
    // Missing at the first start, or truncated by a crash.
  }
  const shared = stateOf(saved) ?? derived;
  const { signals } = (saved ?? {}) as { readonly signals?: Readonly<Record<string, unknown>> | null };
  // A signal that gets an age of its own continues from the shared time.
  return (key) => (key === SHARED ? shared : (stateOf(signals?.[key]) ?? shared));
}

function stateOf(value: unknown): RetentionState | undefined {
  const { expectedMillis, heldMillis } = (value ?? {}) as Partial<RetentionState>;
  const isValid = Number.isFinite(expectedMillis) && Number.isFinite(heldMillis);
  return isValid ? { expectedMillis: Number(expectedMillis), heldMillis: Number(heldMillis) } : undefined;
}

/** Returns the oldest files, in the given order, without which the rest has at most `maxBytes` bytes. */
function beyond(files: readonly DataFile[], maxBytes: number): ReadonlySet<DataFile> {
  let bytes = 0;
  for (const file of files) bytes += file.bytes;
  const removed = new Set<DataFile>();
  for (const file of files) {
    if (bytes <= maxBytes) break;
    removed.add(file);
    bytes -= file.bytes;
  }
  return removed;
}

/**
 * Returns the files, given in the order of removal, without which the rest has at most `maxBytes` bytes. Each is the oldest of
 * the tenant that has most, so that a tenant loses nothing because others store more than it.
 */
function beyondShares(files: readonly DataFile[], maxBytes: number): ReadonlySet<DataFile> {
  const tenants = [...Map.groupBy(files, ({ footer }) => footer.tenant).values()].map((own) => ({
    own,
    next: 0,
    bytes: own.reduce((sum, file) => sum + file.bytes, 0),
  }));
  let total = tenants.reduce((sum, { bytes }) => sum + bytes, 0);
  const removed = new Set<DataFile>();
  while (total > maxBytes) {
    const largest = tenants.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    const file = largest.own[largest.next++];
    if (file === undefined) break;
    removed.add(file);
    largest.bytes -= file.bytes;
    total -= file.bytes;
  }
  return removed;
}

/** Returns an event for each signal and reason. */
export function removalEvents(expired: readonly Expired[]): readonly StoreEvent[] {
  const groups = Map.groupBy(expired, ({ file, reason }) => `${file.footer.signal} ${reason}`);
  return [...groups.values()].flatMap((group): readonly StoreEvent[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { signal } = first.file.footer;
    let [rows, bytes, newest] = [0, 0, first.file.maxTime];
    for (const { file } of group) {
      rows += file.rows;
      bytes += file.bytes;
      if (file.maxTime > newest) newest = file.maxTime;
    }
    return [{ kind: 'files-removed', signal, reason: first.reason, files: group.length, rows, bytes, newest }];
  });
}

/** Orders files by write time rather than row times, which depend on the senders' clocks. */
function byOrderOfWriting(a: DataFile, b: DataFile): number {
  return a.footer.writtenMillis - b.footer.writtenMillis;
}

/** Returns the time of the newest row. Rows with future timestamps are treated as being as old as their file. */
function newestMillis({ maxTime, footer }: DataFile): number {
  return Math.min(Number(maxTime / 1_000_000n), footer.writtenMillis);
}
