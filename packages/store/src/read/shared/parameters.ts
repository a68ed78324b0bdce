import type { Parameters, ParameterValue } from '../duck/protocol.ts';

/** Collects the values of a statement under names, so that no value ever becomes part of its text. */
export class ParameterBag {
  readonly #values: Record<string, ParameterValue> = {};
  #count = 0;

  /** Takes a value; returns its place in the text. */
  add(value: ParameterValue): string {
    this.#count += 1;
    const name = `p${this.#count}`;
    this.#values[name] = value;
    // The type is said in the text, since statements are planned before values are bound.
    return `$${name}::${TYPES[typeof value as keyof typeof TYPES]}`;
  }

  /** Takes the value that a statement of `sql/` calls `$name`. */
  set(name: string, value: ParameterValue): void {
    this.#values[name] = value;
  }

  get values(): Parameters {
    return this.#values;
  }
}

const TYPES = { boolean: 'BOOLEAN', number: 'DOUBLE', bigint: 'BIGINT', string: 'VARCHAR' } as const;
