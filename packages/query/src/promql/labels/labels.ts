/** A set of labels with sorted names and without empty values. Immutable. */
export class Labels {
  static readonly EMPTY = new Labels([], []);
  readonly names: readonly string[];
  readonly values: readonly string[];
  #key: string | undefined;

  private constructor(names: readonly string[], values: readonly string[]) {
    this.names = names;
    this.values = values;
  }

  /** Creates labels from entries. Of repeated names, the last one wins; empty values are dropped. */
  static from(entries: Iterable<readonly [string, string]>): Labels {
    const map = new Map(entries);
    const names = [...map.keys()].filter((name) => map.get(name) !== '').sort(compareBytes);
    return new Labels(
      names,
      names.map((name) => map.get(name) ?? ''),
    );
  }

  get(name: string): string {
    const index = this.names.indexOf(name);
    return index < 0 ? '' : (this.values[index] ?? '');
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  get isEmpty(): boolean {
    return this.names.length === 0;
  }

  /** A string that equals that of another set exactly if both have the same labels. */
  get key(): string {
    this.#key ??= this.names.map((name, index) => `${name}\xff${this.values[index]}`).join('\xfe');
    return this.#key;
  }

  /** Returns only the labels whose name satisfies the predicate. */
  filter(keep: (name: string) => boolean): Labels {
    if (this.names.every(keep)) return this;
    const names: string[] = [];
    const values: string[] = [];
    for (const [index, name] of this.names.entries()) {
      if (!keep(name)) continue;
      names.push(name);
      values.push(this.values[index] ?? '');
    }
    return new Labels(names, values);
  }

  keep(names: readonly string[]): Labels {
    return this.filter((name) => names.includes(name));
  }

  drop(names: readonly string[]): Labels {
    return this.filter((name) => !names.includes(name));
  }

  /** Returns the labels with another value for a name; an empty value removes it. */
  with(name: string, value: string): Labels {
    if (this.get(name) === value) return this;
    return Labels.from([...this.entries(), [name, value]]);
  }

  /** Returns the labels without the name, type and unit of the metric. */
  get withoutMetadata(): Labels {
    return this.filter((name) => !METADATA.has(name));
  }

  *entries(): Generator<[string, string]> {
    for (const [index, name] of this.names.entries()) yield [name, this.values[index] ?? ''];
  }

  toObject(): Record<string, string> {
    return Object.fromEntries(this.entries());
  }
}

/** The name of the label with the metric's name. */
export const METRIC_NAME = '__name__';
const METADATA: ReadonlySet<string> = new Set([METRIC_NAME, '__type__', '__unit__']);

/** Compares labels by their names and values in order, as results are sorted. */
export function compareLabels(a: Labels, b: Labels): number {
  const length = Math.min(a.names.length, b.names.length);
  for (let index = 0; index < length; index++) {
    const order =
      compareBytes(a.names[index] ?? '', b.names[index] ?? '') ||
      compareBytes(a.values[index] ?? '', b.values[index] ?? '');
    if (order !== 0) return order;
  }
  return a.names.length - b.names.length;
}

/** Compares strings by their UTF-8 bytes, which is the order of their code points. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    // Surrogates sort above the rest of the plane, as code points do.
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
