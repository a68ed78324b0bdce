import { WireWriter } from '@otelier/otlp';

/** A function, and a line in its file. */
export interface Place {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** The time of a profile, and the period of its samples. */
export interface ProfileTime {
  readonly startedMillis: number;
  readonly durationMillis: number;
  readonly period: { readonly type: string; readonly unit: string; readonly value: number };
}

/** Field numbers of `perftools.profiles.Profile` (google/pprof, `proto/profile.proto`). */
const PROFILE = {
  sampleType: 1,
  sample: 2,
  location: 4,
  function: 5,
  stringTable: 6,
  timeNanos: 9,
  durationNanos: 10,
  periodType: 11,
  period: 12,
} as const;

/** Writes a profile in the `pprof` format: stack samples with values of one or more types. */
export class PprofWriter {
  readonly #out = new WireWriter();
  /** Index 0 must be the empty string. */
  readonly #strings = new Map<string, number>([['', 0]]);
  readonly #functions = new Map<string, number>();
  readonly #locations = new Map<string, number>();

  /** `types` are value types with their units, such as `['cpu', 'nanoseconds']`. */
  constructor(types: readonly (readonly [type: string, unit: string])[]) {
    for (const [type, unit] of types) this.#valueType(PROFILE.sampleType, type, unit);
  }

  /** Returns the ID of a location, for use in `sample`. */
  location({ name, file, line }: Place): number {
    const key = `${line}\n${file}\n${name}`;
    const known = this.#locations.get(key);
    if (known !== undefined) return known;
    const id = this.#locations.size + 1;
    this.#locations.set(key, id);
    const functionId = this.#function(name, file);
    this.#out.message(PROFILE.location, (location) =>
      location.varintField(1, id).message(4, (lines) => lines.varintField(1, functionId).varintField(2, line)),
    );
    return id;
  }

  /** Adds a sample: a stack, innermost location first, with a value for each type. */
  sample(stack: readonly number[], values: readonly number[]): void {
    this.#out.message(PROFILE.sample, (sample) => {
      for (const id of stack) sample.varintField(1, id);
      for (const value of values) sample.varintField(2, Math.round(value));
    });
  }

  /** Returns the encoded profile. */
  finish({ startedMillis, durationMillis, period }: ProfileTime): Uint8Array {
    this.#valueType(PROFILE.periodType, period.type, period.unit);
    const out = this.#out
      .bigIntField(PROFILE.timeNanos, BigInt(Math.round(startedMillis)) * 1_000_000n)
      .varintField(PROFILE.durationNanos, Math.round(durationMillis * 1e6))
      .varintField(PROFILE.period, period.value);
    for (const text of this.#strings.keys()) out.stringField(PROFILE.stringTable, text);
    return out.finish();
  }

  #function(name: string, file: string): number {
    const key = `${file}\n${name}`;
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const id = this.#functions.size + 1;
    this.#functions.set(key, id);
    const [nameIndex, fileIndex] = [this.#string(name), this.#string(file)];
    this.#out.message(PROFILE.function, (written) =>
      written.varintField(1, id).varintField(2, nameIndex).varintField(3, nameIndex).varintField(4, fileIndex),
    );
    return id;
  }

  #valueType(field: number, type: string, unit: string): void {
    const [typeIndex, unitIndex] = [this.#string(type), this.#string(unit)];
    this.#out.message(field, (written) => written.varintField(1, typeIndex).varintField(2, unitIndex));
  }

  #string(text: string): number {
    const index = this.#strings.get(text) ?? this.#strings.size;
    this.#strings.set(text, index);
    return index;
  }
}
