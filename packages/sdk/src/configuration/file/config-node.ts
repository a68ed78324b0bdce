/** The source of a configuration, for error messages. */
export interface ConfigSource {
  readonly file: string;
  /** Returns the line number of the value at a path, or `undefined` if there is none. */
  lineOf(path: Path): number | undefined;
}

type Path = readonly (string | number)[];

/**
 * A value in a configuration file, which may be missing. Its methods validate the value and throw a
 * `ConfigurationFileError` if it is invalid.
 */
export class ConfigNode {
  readonly #source: ConfigSource;
  readonly #path: Path;
  readonly #value: unknown;

  constructor(source: ConfigSource, path: Path, value: unknown) {
    this.#source = source;
    this.#path = path;
    this.#value = value;
  }

  /** Whether the value is missing or `null`. */
  get isEmpty(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  /** Whether the value is present in the file, even if it is `null`. */
  get isPresent(): boolean {
    return this.#value !== undefined;
  }

  /** The path in the file's notation, such as `tracer_provider.processors[0].batch`. */
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

  /** Requires a mapping with no other keys, or an empty value. */
  mapping(...keys: readonly string[]): this {
    if (this.isEmpty) return this;
    if (!this.#isMapping()) this.fail('a mapping');
    const unknown = Object.keys(this.#value as object).find((key) => !keys.includes(key));
    if (unknown !== undefined) this.at(unknown).#failOn(keys, unknown);
    return this;
  }

  /** Requires a mapping with exactly one key, and calls that key's reader. */
  one<T>(readers: Readonly<Record<string, (node: ConfigNode, key: string) => T>>): T {
    const keys = Object.keys(readers);
    const [key, ...others] = this.#isMapping() ? Object.keys(this.#value as object) : [];
    if (key === undefined || others.length > 0) return this.fail(`a mapping with one of the keys ${listed(keys)}`);
    const read = readers[key];
    return read === undefined ? this.at(key).#failOn(keys, key) : read(this.at(key), key);
  }

  /** Returns the list items. A list that is present must not be empty. */
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

  /** The value, without validation. */
  get value(): unknown {
    return this.#value;
  }

  /** Requires an empty value or one of the allowed values, for settings that the library does not otherwise support. */
  requireOneOf(allowed: readonly unknown[], why: string): void {
    if (this.isEmpty || allowed.includes(this.#value)) return;
    this.fail(`${allowed.length === 0 ? 'nothing' : listed(allowed.map(String))}, for ${why}`);
  }

  /** Requires the value and all its descendants to be empty. */
  requireEmpty(why: string): void {
    const keys = Array.isArray(this.#value)
      ? this.#value.keys()
      : this.#isMapping() && Object.keys(this.#value as object);
    if (keys === false) this.requireOneOf([], why);
    else for (const key of keys) this.at(key).requireEmpty(why);
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

  /** Returns the file and line. A missing value has the line of its parent. */
  #place(): string {
    const { file } = this.#source;
    for (let length = this.#path.length; length > 0; length--) {
      const line = this.#source.lineOf(this.#path.slice(0, length));
      if (line !== undefined) return `${file}:${line}: ${this.path}`;
    }
    return this.path === '' ? file : `${file}: ${this.path}`;
  }

  /** Describes the value without revealing headers, which may contain secrets. */
  #described(): string {
    if (this.#value === undefined) return 'nothing';
    if (Array.isArray(this.#value)) return this.#value.length === 0 ? 'an empty list' : 'a list';
    if (this.#isMapping()) return 'a mapping';
    const isSecret = this.#path.some((key) => key === 'headers' || key === 'headers_list');
    return isSecret && this.#value !== null ? `a secret ${typeof this.#value}` : JSON.stringify(this.#value);
  }
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/**
 * Thrown for an invalid configuration file. The message names the file, line and path, the expected value and the
 * actual one.
 */
export class ConfigurationFileError extends Error {
  override readonly name = 'ConfigurationFileError';
}

/** Compiles a pattern in which `*` matches any number of characters and `?` matches exactly one. */
export function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[\^$\\.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
