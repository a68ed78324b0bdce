import type { Parameters, ParameterValue } from '../duck/protocol.ts';

/** Collects a statement's values as named parameters, so that values never become part of the SQL text. */
export class ParameterBag {
  readonly #values: Record<string, ParameterValue> = {};
  #count = 0;

  /** Adds a value and returns its placeholder. */
  add(value: ParameterValue): string {
    this.#count += 1;
    const name = `p${this.#count}`;
    this.#values[name] = value;
    // Includes the type, because statements are planned before values are bound.
    return `$${name}::${TYPES[typeof value as keyof typeof TYPES]}`;
  }

  /** Sets the parameter `$name` of a statement from `statements/`. */
  set(name: string, value: ParameterValue): void {
    this.#values[name] = value;
  }

  get values(): Parameters {
    return this.#values;
  }
}

const TYPES = { boolean: 'BOOLEAN', number: 'DOUBLE', bigint: 'BIGINT', string: 'VARCHAR' } as const;
