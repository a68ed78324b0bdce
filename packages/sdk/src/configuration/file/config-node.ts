import { ConfigurationFileError } from './configuration-file-error.ts';

/** Where a configuration comes from, for errors. */
export interface ConfigSource {
  readonly file: string;
  /** The line of what stands at a path; `undefined` where nothing does. */
  lineOf(path: Path): number | undefined;
}

type Path = readonly (string | number)[];

/** A value in a configuration file, or the place of one that is not there. What it is asked for, it checks. */
export class ConfigNode {
  readonly #source: ConfigSource;
  readonly #path: Path;
  readonly #value: unknown;

  constructor(source: ConfigSource, path: Path, value: unknown) {
    this.#source = source;
    this.#path = path;
    this.#value = value;
  }

  /** Whether nothing is said here: it is not there, or `null`. */
  get isEmpty(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  /** Whether it stands in the file, if only as `null`. */
  get isPresent(): boolean {
    return this.#value !== undefined;
  }

  /** The file's own way to name this place: `tracer_provider.processors[0].batch`. */
  get path(): string {
    return this.#path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
      '',
    );
  }

  at(key: string | number): ConfigNode {
    const value =
      this.#isMapping() || Array.isArray(this.#value) ? (this.#value as Record<string, unknown>)[key] : undefined;
    return new ConfigNode(this.#source, [...this.#path, key], value);
  }

  /** Demands a mapping, or nothing, with no other keys. */
  mapping(...keys: readonly string[]): this {
    if (this.isEmpty) return this;
    if (!this.#isMapping()) this.fail('a mapping');
    const unknown = Object.keys(this.#value as object).find((key) => !keys.includes(key));
    if (unknown !== undefined) this.at(unknown).#failOn(keys, unknown);
    return this;
  }

  /** Demands a mapping of exactly one key, and reads what stands there by the reader for that key. */
  one<T>(readers: Readonly<Record<string, (node: ConfigNode, key: string) => T>>): T {
    const keys = Object.keys(readers);
    const [key, ...others] = this.#isMapping() ? Object.keys(this.#value as object) : [];
    if (key === undefined || others.length > 0) return this.fail(`a mapping with one of the keys ${listed(keys)}`);
    const read = readers[key];
    return read === undefined ? this.at(key).#failOn(keys, key) : read(this.at(key), key);
  }

  /** What is in the list; a list that stands there must not be empty. */
  items(): readonly ConfigNode[] {
    if (this.#value === undefined) return [];
    if (!Array.isArray(this.#value) || this.#value.length === 0) return this.fail('a list of at least one');
    return this.#value.map((_, i) => this.at(i));
  }

  text(): string | undefined {
    if (this.isEmpty) return undefined;
    return typeof this.#value === 'string' ? this.#value : this.fail('text');
  }

  flag(): boolean | undefined {
    if (this.isEmpty) return undefined;
    return typeof this.#value === 'boolean' ? this.#value : this.fail('true or false');
  }

  integer(min: number, max: number): number | undefined {
    return this.#numberIf(`a whole number from ${min} to ${max}`, (n) => Number.isInteger(n) && n >= min && n <= max);
  }

  number(min: number, max: number): number | undefined {
    return this.#numberIf(`a number from ${min} to ${max}`, (n) => n >= min && n <= max);
  }

  choice<T extends string>(choices: readonly T[]): T | undefined {
    if (this.isEmpty) return undefined;
    return choices.find((choice) => choice === this.#value) ?? this.fail(listed(choices));
  }

  /** A value of whatever kind, for readers that check it themselves. */
  get value(): unknown {
    return this.#value;
  }

  /** Demands that what the library does not know is not asked for: nothing stands here, or what it does anyway. */
  only(allowed: readonly unknown[], why: string): void {
    if (this.isEmpty || allowed.includes(this.#value)) return;
    this.fail(`${allowed.length === 0 ? 'nothing' : listed(allowed.map(String))}, for ${why}`);
  }

  /** Demands that nothing is said here, nor further down. */
  nothing(why: string): void {
    const keys = Array.isArray(this.#value)
      ? this.#value.keys()
      : this.#isMapping() && Object.keys(this.#value as object);
    if (keys === false) this.only([], why);
    else for (const key of keys) this.at(key).nothing(why);
  }

  fail(expected: string, got = this.#described()): never {
    throw new ConfigurationFileError(`${this.#place()}: expected ${expected}, got ${got}`);
  }

  #failOn(keys: readonly string[], key: string): never {
    return this.fail(keys.length === 0 ? 'no keys' : listed(keys), JSON.stringify(key));
  }

  #numberIf(expected: string, isUsable: (value: number) => boolean): number | undefined {
    if (this.isEmpty) return undefined;
    return typeof this.#value === 'number' && isUsable(this.#value) ? this.#value : this.fail(expected);
  }

  #isMapping(): boolean {
    return typeof this.#value === 'object' && this.#value !== null && !Array.isArray(this.#value);
  }

  /** Lines of what is not there are those of what would contain it. */
  #place(): string {
    const { file } = this.#source;
    for (let length = this.#path.length; length > 0; length--) {
      const line = this.#source.lineOf(this.#path.slice(0, length));
      if (line !== undefined) return `${file}:${line}: ${this.path}`;
    }
    return this.path === '' ? file : `${file}: ${this.path}`;
  }

  /** What came, but for headers, which may hold secrets. */
  #described(): string {
    if (this.#value === undefined) return 'nothing';
    if (Array.isArray(this.#value)) return this.#value.length === 0 ? 'an empty list' : 'a list';
    if (this.#isMapping()) return 'a mapping';
    const isSecret = this.#path.some((key) => key === 'headers' || key === 'headers_list');
    return isSecret && this.#value !== null ? `a secret ${typeof this.#value}` : JSON.stringify(this.#value);
  }
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
