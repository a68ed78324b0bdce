import { Buffer } from 'node:buffer';
import { openStateFile, type StateCipher, type StateFile } from '@otelier/journal';
import type { LabelSet } from '../matching/labels.ts';
import { createMatcher, formatMatchers, type Matcher, type MatchOperator, matchesAll } from '../matching/matcher.ts';
import { type Silence, SilenceError, type SilenceInput, silenceState } from './silence.ts';

/** Options for `openSilences`. */
export interface SilencesOptions {
  /** Path of the file that keeps them. */
  readonly path: string;
  /** Current time in milliseconds since the epoch. */
  readonly now: () => number;
  readonly createId: () => string;
  /** How long a silence is kept after its end. */
  readonly retentionMillis: number;
  readonly onDamage: (message: string) => void;
  readonly cipher?: StateCipher | undefined;
}

/** Maximum number of silences, with those that have expired but are kept. */
const MAX_SILENCES = 10_000;
/** Maximum size of a silence in JSON. */
const MAX_SILENCE_BYTES = 16 << 10;

/** The silences of a process, which survive its end. */
export class Silences {
  readonly #options: SilencesOptions;
  readonly #file: StateFile;
  readonly #silences = new Map<string, Silence>();

  /** Reads the silences. */
  constructor(options: SilencesOptions) {
    this.#options = options;
    this.#file = openStateFile(options.path, options.onDamage, options.cipher);
    for (const silence of readSilences(this.#file.value, options.onDamage)) this.#silences.set(silence.id, silence);
  }

  /** Returns all silences that are kept. */
  list(): readonly Silence[] {
    this.#removeOld();
    return [...this.#silences.values()];
  }

  get(id: string): Silence | undefined {
    return this.#silences.get(id);
  }

  /** Returns the IDs of the silences that suppress an alert now. */
  silencedBy(labels: LabelSet): readonly string[] {
    const now = this.#options.now();
    const ids: string[] = [];
    for (const silence of this.#silences.values()) {
      if (silenceState(silence, now) === 'active' && matchesAll(silence.matchers, labels)) ids.push(silence.id);
    }
    return ids.sort();
  }

  /**
   * Creates a silence, or changes the one with the `id`. A change that would rewrite the past expires the old one and
   * creates another. Resolves with the ID when it is durable. Rejects with a `SilenceError`.
   */
  async create(input: SilenceInput): Promise<string> {
    const { now, createId } = this.#options;
    const nowMs = now();
    const previous = input.id === undefined || input.id === '' ? undefined : this.#silences.get(input.id);
    if (input.id !== undefined && input.id !== '' && previous === undefined) {
      throw new SilenceError('unknown', `silence ${input.id} not found`);
    }
    const starts = Math.max(input.startsAtMs, nowMs);
    check(input);
    if (previous !== undefined && canChange(previous, input, nowMs)) {
      return this.#save({ ...input, id: previous.id, updatedAtMs: nowMs });
    }
    this.#removeOld();
    if (this.#silences.size >= MAX_SILENCES) {
      throw new SilenceError(
        'full',
        `expected at most ${MAX_SILENCES} silences; expired ones are removed after a time`,
      );
    }
    const created: Silence = { ...input, id: createId(), startsAtMs: starts, updatedAtMs: nowMs };
    checkSize(created);
    if (previous !== undefined) this.#silences.set(previous.id, expired(previous, nowMs));
    return this.#save(created);
  }

  /** Ends a silence now. Rejects with a `SilenceError` if it is unknown. */
  async expire(id: string): Promise<void> {
    const silence = this.#silences.get(id);
    if (silence === undefined) throw new SilenceError('unknown', `silence ${id} not found`);
    const nowMs = this.#options.now();
    if (silenceState(silence, nowMs) !== 'expired') await this.#save(expired(silence, nowMs));
  }

  /** Forgets silences. Resolves when that is durable. */
  async remove(isRemoved: (silence: Silence) => boolean): Promise<void> {
    const removed = [...this.#silences.values()].filter(isRemoved);
    if (removed.length === 0) return;
    for (const { id } of removed) this.#silences.delete(id);
    await this.#write();
  }

  /** Waits for pending writes. */
  close(): Promise<void> {
    return this.#file.close();
  }

  async #save(silence: Silence): Promise<string> {
    checkSize(silence);
    this.#silences.set(silence.id, silence);
    await this.#write();
    return silence.id;
  }

  async #write(): Promise<void> {
    const silences = [...this.#silences.values()].map(toStored);
    await this.#file.write(Buffer.from(JSON.stringify({ version: 1, silences })));
  }

  #removeOld(): void {
    const before = this.#options.now() - this.#options.retentionMillis;
    for (const { id, endsAtMs } of this.#silences.values()) if (endsAtMs <= before) this.#silences.delete(id);
  }
}

function expired(silence: Silence, nowMs: number): Silence {
  return {
    ...silence,
    startsAtMs: Math.min(silence.startsAtMs, nowMs),
    endsAtMs: Math.min(silence.endsAtMs, nowMs),
    updatedAtMs: nowMs,
  };
}

function check({ matchers, startsAtMs, endsAtMs }: SilenceInput): void {
  if (matchers.length === 0) throw new SilenceError('invalid', 'matchers: expected at least one matcher, got none');
  const isEmpty = ({ operator, matches }: Matcher) => (operator === '=' || operator === '=~') && matches('');
  if (matchers.every(isEmpty)) {
    throw new SilenceError('invalid', 'matchers: expected at least one that does not match an empty value');
  }
  if (matchers.some(({ name }) => name === ''))
    throw new SilenceError('invalid', 'matchers: expected names of labels, got ""');
  if (endsAtMs < startsAtMs) throw new SilenceError('invalid', 'endsAt: expected a time after startsAt');
}

function checkSize(silence: Silence): void {
  const size = Buffer.byteLength(JSON.stringify(toStored(silence)));
  if (size > MAX_SILENCE_BYTES) {
    throw new SilenceError('full', `silence: expected at most ${MAX_SILENCE_BYTES} bytes, got ${size}`);
  }
}

/** Whether a change leaves the past as it was. */
function canChange(previous: Silence, input: SilenceInput, nowMs: number): boolean {
  if (formatMatchers(previous.matchers) !== formatMatchers(input.matchers)) return false;
  switch (silenceState(previous, nowMs)) {
    case 'active':
      return Math.floor(previous.startsAtMs / 1000) === Math.floor(input.startsAtMs / 1000) && input.endsAtMs >= nowMs;
    case 'pending':
      return input.startsAtMs >= nowMs;
    case 'expired':
      return false;
  }
}

interface StoredSilence extends Omit<Silence, 'matchers'> {
  readonly matchers: readonly (readonly [name: string, operator: MatchOperator, value: string])[];
}

function toStored(silence: Silence): StoredSilence {
  return { ...silence, matchers: silence.matchers.map(({ name, operator, value }) => [name, operator, value]) };
}

function readSilences(bytes: Uint8Array | undefined, onDamage: (message: string) => void): readonly Silence[] {
  if (bytes === undefined) return [];
  const { silences } = JSON.parse(Buffer.from(bytes).toString()) as { readonly silences: readonly StoredSilence[] };
  return silences.flatMap((stored) => {
    try {
      return [
        { ...stored, matchers: stored.matchers.map(([name, operator, value]) => createMatcher(name, operator, value)) },
      ];
    } catch (error) {
      onDamage(`silence ${stored.id}: ${error instanceof Error ? error.message : String(error)}; it is left out`);
      return [];
    }
  });
}
