import { isAbsolute, join } from 'node:path';
import { isPrometheusDuration, parsePrometheusDuration } from './duration.ts';
import type { SecretSource } from './model.ts';

/** A problem of a configuration, with the path of its place. */
export interface ConfigProblem {
  readonly path: readonly (string | number)[];
  /** What was expected and what was found. Contains no secrets. */
  readonly message: string;
}

/** What a reader reports to, and where relative paths begin. */
export interface ReadContext {
  readonly errors: ConfigProblem[];
  /** Parts that are accepted without an effect. */
  readonly warnings: ConfigProblem[];
  readonly directory: string;
}

/**
 * Reads a mapping of a configuration. The methods report a value of another kind and return `undefined`. Scalars can be
 * texts, as YAML without types reads them.
 */
export class MappingReader {
  readonly path: readonly (string | number)[];
  readonly context: ReadContext;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();

  constructor(value: unknown, path: readonly (string | number)[], context: ReadContext) {
    this.path = path;
    this.context = context;
    const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
    this.#values = isMapping ? (value as Readonly<Record<string, unknown>>) : {};
    if (!isMapping && !isNothing(value)) this.#error([], `expected a mapping, got ${describe(value)}`);
  }

  /** Returns a value as it is. */
  raw(name: string): unknown {
    this.#read.add(name);
    const value = this.#values[name];
    return isNothing(value) ? undefined : value;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#values, name) && !isNothing(this.#values[name]);
  }

  /** Returns a text; an empty one counts as missing. */
  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return this.#unexpected(name, 'a text', value);
  }

  /** Returns a text that may be empty, such as a template that leaves a part out. */
  template(name: string, fallback: string): string {
    this.#read.add(name);
    const value = this.#values[name];
    return value === '' ? '' : (this.text(name) ?? fallback);
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || value === '') return undefined;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    return this.#unexpected(name, 'true or false', value);
  }

  count(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined || value === '') return undefined;
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= 0) return number;
    return this.#unexpected(name, 'a whole number from 0', value);
  }

  /** Returns a duration of Prometheus such as `5m` or `1h30m`, in milliseconds. */
  durationMillis(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined || value === '') return undefined;
    const text = String(value);
    if (typeof value !== 'object' && isPrometheusDuration(text)) return parsePrometheusDuration(text);
    return this.#unexpected(name, 'a duration such as "30s", "5m" or "1h30m"', value);
  }

  texts(name: string): readonly string[] | undefined {
    return this.list(name)?.flatMap((value, index) => {
      if (typeof value === 'string') return [value];
      if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
      this.#error([name, index], `expected a text, got ${describe(value)}`);
      return [];
    });
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.raw(name);
    if (value === undefined || value === '') return undefined;
    return Array.isArray(value) ? value : this.#unexpected(name, 'a list', value);
  }

  /** Returns names with texts. */
  textMap(name: string): Readonly<Record<string, string>> {
    const value = this.raw(name);
    if (value === undefined || value === '') return {};
    const isMapping = typeof value === 'object' && !Array.isArray(value);
    if (!isMapping) return this.#unexpected(name, 'a mapping of texts', value) ?? {};
    return Object.fromEntries(
      Object.entries(value as object).flatMap(([key, text]) => {
        if (isNothing(text)) return [[key, '']];
        if (typeof text !== 'object') return [[key, String(text)]];
        this.#error([name, key], `expected a text, got ${describe(text)}`);
        return [];
      }),
    );
  }

  /** Returns a reader for a mapping inside of this one. */
  mapping(name: string): MappingReader {
    return new MappingReader(this.raw(name), [...this.path, name], this.context);
  }

  /** Returns readers for the mappings of a list. */
  mappings(name: string): readonly MappingReader[] {
    return (this.list(name) ?? []).map(
      (value, index) => new MappingReader(value, [...this.path, name, index], this.context),
    );
  }

  /** Returns a secret or the file that contains it; both are an error. */
  secret(name: string): SecretSource | undefined {
    const [value, file] = [this.text(name), this.file(`${name}_file`)];
    if (value !== undefined && file !== undefined) {
      this.#error([`${name}_file`], `expected only one of ${name} and ${name}_file, got both`);
    }
    if (value !== undefined) return { value };
    return file === undefined ? undefined : { file };
  }

  /** Returns a path, resolved from the directory of the configuration. */
  file(name: string): string | undefined {
    const path = this.text(name);
    return path === undefined || isAbsolute(path) ? path : join(this.context.directory, path);
  }

  /** Returns the text of an absolute URL for HTTP. */
  url(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    // The URL may be a secret: the message does not repeat it.
    if (!isHttpUrl(text)) this.#error([name], 'expected a URL such as "https://host/path", got another text');
    return text;
  }

  /** Reports an error at a part of this mapping. */
  error(name: string | undefined, message: string): void {
    this.#error(name === undefined ? [] : [name], message);
  }

  /** Accepts a part without an effect, and says so. */
  ignore(name: string, reason: string): void {
    if (this.raw(name) !== undefined) {
      this.context.warnings.push({ path: [...this.path, name], message: reason });
    }
  }

  /** Reports the names that nothing has read. */
  finish(): void {
    const known = [...this.#read].sort();
    for (const name of Object.keys(this.#values)) {
      if (!this.#read.has(name)) this.#error([name], `unknown field, expected one of ${known.join(', ')}`);
    }
  }

  #unexpected(name: string, expected: string, value: unknown): undefined {
    this.#error([name], `expected ${expected}, got ${describe(value)}`);
    return undefined;
  }

  #error(path: readonly (string | number)[], message: string): void {
    this.context.errors.push({ path: [...this.path, ...path], message });
  }
}

export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Describes a value in an error. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}

/** Formats the path of a place: `receivers[0].webhook_configs[1].url`. */
export function formatPath(path: readonly (string | number)[]): string {
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? key : `.${key}`)).join('');
}
