import { type Attributes, listOf, UNLIMITED } from './attributes/attribute-list.ts';
import { encodeScope } from './wire/origin.ts';

/** Which instrumentation telemetry comes from. */
export interface Scope {
  readonly name: string;
  readonly version?: string | undefined;
  readonly schemaUrl?: string | undefined;
  readonly attributes?: Attributes | undefined;
}

/** The scope as an envelope has it. */
export function scopeBytes({ name, version, schemaUrl, attributes }: Scope): Uint8Array {
  return encodeScope(name, version, schemaUrl, listOf(attributes, UNLIMITED));
}

/** What tells scopes apart. */
export function scopeKey({ name, version = '', schemaUrl = '', attributes }: Scope): string {
  return JSON.stringify([name, version, schemaUrl, attributes], (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
}
