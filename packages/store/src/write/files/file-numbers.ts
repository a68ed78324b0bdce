/** The first and last of a run of consecutive numbers. */
export type NumberRange = readonly [from: number, to: number];

/**
 * The numbers of the files in `data/`, assigned in write order. A file's name contains its number, so a number that is
 * neither present nor recorded as absent means that another program removed a file.
 */
export class FileNumbers {
  readonly #present = new Set<number>();
  #absent: readonly NumberRange[] = [];
  #last = 0;

  /** The number of the next file. */
  get next(): number {
    return this.#last + 1;
  }

  get last(): number {
    return this.#last;
  }

  get absent(): readonly NumberRange[] {
    return this.#absent;
  }

  /** Adds an existing file. Files written by older versions have no number. */
  add(path: string): void {
    const number = numberOf(path);
    if (number === undefined) return;
    this.#present.add(number);
    this.#last = Math.max(this.#last, number);
  }

  /** Records the removal of a file. */
  remove(path: string): void {
    const number = numberOf(path);
    if (number === undefined || !this.#present.delete(number)) return;
    this.#absent = merge([...this.#absent, [number, number]]);
  }

  /** Restores the state of an earlier run: the numbers of removed files and the last number. */
  restore(absent: readonly NumberRange[], last: number): void {
    this.#absent = merge([...this.#absent, ...absent]);
    this.#last = Math.max(this.#last, last);
  }

  /** Returns the numbers of missing files and records them as absent, so that each is reported once. */
  takeMissing(): readonly NumberRange[] {
    const missing: NumberRange[] = [];
    let from = 1;
    for (const [absentFrom, absentTo] of [...this.#absent, [this.#last + 1, this.#last + 1] as NumberRange]) {
      for (let number = from; number < absentFrom; number++) {
        if (!this.#present.has(number)) missing.push([number, number]);
      }
      from = Math.max(from, absentTo + 1);
    }
    this.#absent = merge([...this.#absent, ...missing]);
    return merge(missing);
  }
}

/** Returns the file name suffix for a number. */
export function numbered(number: number): string {
  return `f${String(number).padStart(8, '0')}.parquet`;
}

/** Formats ranges, for example as `3, 5-8`. */
export function formatRanges(ranges: readonly NumberRange[]): string {
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

/** Reports whether a value read from JSON is a list of ranges. */
export function isRanges(value: unknown): value is readonly NumberRange[] {
  return (
    Array.isArray(value) &&
    value.every(
      (range) =>
        Array.isArray(range) &&
        range.length === 2 &&
        range.every((number) => Number.isSafeInteger(number) && number > 0),
    )
  );
}

function numberOf(path: string): number | undefined {
  const digits = /-f(\d{8,15})\.parquet$/.exec(path)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function merge(ranges: readonly NumberRange[]): readonly NumberRange[] {
  const merged: [number, number][] = [];
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
