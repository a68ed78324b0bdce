import type { AttributeValue } from './telemetry.ts';

/** Longer texts are cut. */
const MAX_LENGTH = 200;

/** Describes a value in a message. */
export function formatValue(value: AttributeValue): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? String(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

/** Returns a text on one line: control and formatting characters, which could hide others, are escaped. */
export function formatName(name: string): string {
  return name.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
