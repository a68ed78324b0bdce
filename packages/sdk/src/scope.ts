import { type Attributes, listOf, UNLIMITED } from './attributes/attribute-list.ts';
import { encodeScope } from './wire/resource-and-scope.ts';

/** An instrumentation scope. */
export interface Scope {
  readonly name: string;
  readonly version?: string | undefined;
  readonly schemaUrl?: string | undefined;
  readonly attributes?: Attributes | undefined;
}

/** Encodes a scope for use in an envelope. */
export function scopeBytes({ name, version, schemaUrl, attributes }: Scope): Uint8Array {
  return encodeScope(name, version, schemaUrl, listOf(attributes, UNLIMITED));
}

/** Returns a key that identifies the scope. */
export function scopeKey({ name, version = '', schemaUrl = '', attributes }: Scope): string {
  return JSON.stringify([name, version, schemaUrl, attributes], (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
}
