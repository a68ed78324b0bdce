import { diag } from '@opentelemetry/api';
import { MAX_MILLIS } from '../client/option-error.ts';
import type { Environment } from '../environment.ts';

/**
 * Reads variables of the environment as the specification says ("Environment Variable Specification"): what is empty is not
 * set; what cannot be used is warned of, once, and is not set either.
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

  /** One of the choices, in upper or lower case. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text.toLowerCase());
    if (found === undefined) this.reject(name, choices.join(', '), JSON.stringify(text));
    return found;
  }

  /** Some of the choices, between commas, each once. Those that are unknown are warned of; if all are, nothing is set. */
  choices<T extends string>(name: string, choices: readonly T[]): readonly T[] | undefined {
    const texts = (this.text(name) ?? '').split(',').filter((text) => text.trim() !== '');
    const known = texts.map((text) => choices.find((choice) => choice === text.trim().toLowerCase()));
    const unknown = texts.filter((_, i) => known[i] === undefined).join(',');
    if (unknown !== '') this.reject(name, choices.join(', '), JSON.stringify(unknown));
    const found = [...new Set(known.filter((choice) => choice !== undefined))];
    return found.length === 0 ? undefined : found;
  }

  /** Only `true` is true; `undefined` when it is not set. */
  flag(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return undefined;
    if (text !== 'true' && text !== 'false') this.reject(name, 'true or false', JSON.stringify(text), 'taken as false');
    return text === 'true';
  }

  number(name: string, min: number, max: number): number | undefined {
    return this.#numberIf(name, `a number from ${min} to ${max}`, (value) => value >= min && value <= max);
  }

  integer(name: string, min: number, max: number = MAX_INTEGER): number | undefined {
    const isIn = (value: number) => Number.isInteger(value) && value >= min && value <= max;
    return this.#numberIf(name, `a whole number from ${min} to ${max}`, isIn);
  }

  /** A time in milliseconds; 0 is no limit, which is the longest time that options may name. */
  timeout(name: string): number | undefined {
    const millis = this.integer(name, 0, MAX_MILLIS);
    return millis === 0 ? MAX_MILLIS : millis;
  }

  /** Warns that a variable cannot be used. `got` is shown as it is: nothing secret may be in it. */
  reject(name: string, expected: string, got: string, consequence = 'ignored'): undefined {
    this.warn(name, `expected ${expected}, got ${got}; ${consequence}`);
  }

  /** Warns of a variable, once. */
  warn(name: string, problem: string): void {
    if (this.#warned.has(name)) return;
    this.#warned.add(name);
    this.#warn(`${name}: ${problem}`);
  }

  #numberIf(name: string, expected: string, isUsable: (value: number) => boolean): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    return isUsable(value) ? value : this.reject(name, expected, JSON.stringify(text));
  }
}

/** What every implementation must support (specification, "Integer"). */
const MAX_INTEGER = 2 ** 31 - 1;
