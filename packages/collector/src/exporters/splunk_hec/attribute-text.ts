import { type AttributeValue, encodeBase64 } from '@otelier/otlp';
import { json } from './event.ts';

/** Formats a value as the Collector does: bytes in base64, lists and maps as JSON, nothing as an empty text. */
export function attributeAsText(value: AttributeValue): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return encodeBase64(value);
  return typeof value === 'object' ? json(value) : String(value);
}
