/** The label that names the error of a pipeline, and the one that describes it. */
export const ERROR_LABEL = '__error__';
export const ERROR_DETAILS_LABEL = '__error_details__';
/** Appended to the name of an extracted label whose name a stream or its metadata already has. */
const DUPLICATE_SUFFIX = '_extracted';

/** Labels by name. */
export type LabelMap = ReadonlyMap<string, string>;

/** Labels by where they come from. */
export interface LabelCategories {
  readonly stream: LabelMap;
  readonly metadata: LabelMap;
  readonly parsed: LabelMap;
}

/**
 * The labels of a log entry while it passes through a pipeline: those of its stream, its structured metadata, and those
 * that stages extract. A label of a later category hides one of an earlier category.
 */
export class EntryLabels {
  readonly #stream: LabelMap;
  readonly #metadata = new Map<string, string>();
  readonly #parsed = new Map<string, string>();
  readonly #deleted = new Set<string>();
  /** Labels that stages have set. The first parser that extracts a label wins. */
  readonly #extracted = new Set<string>();
  error = '';
  errorDetails = '';

  constructor(stream: LabelMap, metadata: LabelMap) {
    this.#stream = stream;
    for (const [name, value] of metadata) {
      if (name === ERROR_LABEL) this.error = value;
      else if (name === ERROR_DETAILS_LABEL) this.errorDetails = value;
      else this.#metadata.set(stream.has(name) ? name + DUPLICATE_SUFFIX : name, value);
    }
  }

  /** Returns the value of a label, or `undefined` if there is none. */
  get(name: string): string | undefined {
    const own = this.#metadata.get(name) ?? this.#parsed.get(name);
    if (own !== undefined) return own;
    if (this.#deleted.has(name)) return undefined;
    return this.#stream.get(name) || undefined;
  }

  /** Returns the value that label filters compare. */
  valueOf(name: string): string {
    return name === ERROR_LABEL ? this.error : (this.get(name) ?? '');
  }

  /** Sets a label, whether it exists or not. */
  set(name: string, value: string): void {
    this.#metadata.delete(name);
    this.#parsed.set(name, value);
    this.#extracted.add(name);
  }

  /** Sets a label that a parser extracted, unless a stage already set it. */
  extract(name: string, value: string): void {
    const free = this.freeName(name);
    if (!this.#extracted.has(free)) this.set(free, value);
  }

  /** Returns the name under which a label can be extracted. */
  freeName(name: string): string {
    return this.isTaken(name) ? name + DUPLICATE_SUFFIX : name;
  }

  /** Reports whether the stream or the structured metadata has a label. */
  isTaken(name: string): boolean {
    return this.#stream.has(name) || this.#metadata.has(name);
  }

  delete(name: string): void {
    this.#metadata.delete(name);
    this.#parsed.delete(name);
    this.#deleted.add(name);
  }

  /** Sets the error of the entry. */
  fail(error: string, details: string): void {
    this.error = error;
    this.errorDetails = details;
  }

  /** Iterates over all labels, without those of the error. */
  *entries(): Generator<readonly [string, string]> {
    for (const entry of this.#stream) if (this.#isVisible(entry[0])) yield entry;
    for (const entry of this.#metadata) if (!this.#parsed.has(entry[0])) yield entry;
    yield* this.#parsed;
  }

  /** Returns all labels, with those of the error. */
  toMap(): Map<string, string> {
    return new Map([...this.entries(), ...this.#errors()]);
  }

  /** Returns all labels by category. */
  categories(): LabelCategories {
    return {
      stream: new Map([...this.#stream].filter(([name]) => this.#isVisible(name))),
      metadata: new Map([...this.#metadata].filter(([name]) => !this.#parsed.has(name))),
      parsed: new Map([...this.#parsed, ...this.#errors()]),
    };
  }

  #isVisible(name: string): boolean {
    return !this.#deleted.has(name) && !this.#metadata.has(name) && !this.#parsed.has(name);
  }

  *#errors(): Generator<readonly [string, string]> {
    if (this.error !== '') yield [ERROR_LABEL, this.error];
    if (this.errorDetails !== '') yield [ERROR_DETAILS_LABEL, this.errorDetails];
  }
}
