import { diag } from '@opentelemetry/api';
import { MAX_MILLIS } from '../client/option-error.ts';
import type { Environment } from '../environment.ts';

/**
 * Reads environment variables according to the specification ("Environment Variable Specification"). Empty variables
 * are treated as unset. Invalid ones are logged once and treated as unset.
 */
export class Variables {
  readonly #environment: Environment;
  readonly #warn: (message: string) => void;
  readonly #warned = new Set<string>();

  constructor(environment: Environment, warn: (message: string) => void = (message) => diag.warn(message)) {
    this.#environment = environment;
    this.#warn = warn;
  }

  text(name: string): string | undefined {
    return this.#environment[name]?.trim() || undefined;
  }

  /** Returns the value if it is one of the choices, ignoring case. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text.toLowerCase());
    if (found === undefined) this.reject(name, choices.join(', '), JSON.stringify(text));
    return found;
  }

  /**
   * Returns the values of a comma-separated list, without duplicates. Unknown values are logged. If all are unknown,
   * the variable is treated as unset.
   */
  choices<T extends string>(name: string, choices: readonly T[]): readonly T[] | undefined {
    const texts = (this.text(name) ?? '').split(',').filter((text) => text.trim() !== '');
    const known = texts.map((text) => choices.find((choice) => choice === text.trim().toLowerCase()));
    const unknown = texts.filter((_, i) => known[i] === undefined).join(',');
    if (unknown !== '') this.reject(name, choices.join(', '), JSON.stringify(unknown));
    const found = [...new Set(known.filter((choice) => choice !== undefined))];
    return found.length === 0 ? undefined : found;
  }

  /** Returns whether the value is `true`, or `undefined` if the variable is unset. */
  flag(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return undefined;
    if (text !== 'true' && text !== 'false') this.reject(name, 'true or false', JSON.stringify(text), 'using false');
    return text === 'true';
  }

  number(name: string, min: number, max: number): number | undefined {
    return this.#numberIf(name, `a number from ${min} to ${max}`, (value) => value >= min && value <= max);
  }

  integer(name: string, min: number, max: number = MAX_INTEGER): number | undefined {
    const isInRange = (value: number) => Number.isInteger(value) && value >= min && value <= max;
    return this.#numberIf(name, `a whole number from ${min} to ${max}`, isInRange);
  }

  /** Returns a timeout in milliseconds. 0 means no limit and becomes the longest duration that options allow. */
  timeout(name: string): number | undefined {
    const millis = this.integer(name, 0, MAX_MILLIS);
    return millis === 0 ? MAX_MILLIS : millis;
  }

  /** Logs that a variable is invalid. `got` is logged verbatim and must not contain secrets. */
  reject(name: string, expected: string, got: string, consequence = 'ignored'): undefined {
    this.warn(name, `expected ${expected}, got ${got}; ${consequence}`);
  }

  /** Logs a warning about a variable once. */
  warn(name: string, message: string): void {
    if (this.#warned.has(name)) return;
    this.#warned.add(name);
    this.#warn(`${name}: ${message}`);
  }

  #numberIf(name: string, expected: string, isUsable: (value: number) => boolean): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    return isUsable(value) ? value : this.reject(name, expected, JSON.stringify(text));
  }
}

/** The maximum integer that all implementations must support (specification, "Integer"). */
const MAX_INTEGER = 2 ** 31 - 1;
