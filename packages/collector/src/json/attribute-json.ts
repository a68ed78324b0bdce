import { type AttributeValue, encodeBase64 } from '@otelier/otlp';

/** Encodes a value as JSON: integers of 64 bits as numbers with all digits, bytes in base64, and nothing as null. */
export function attributeJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return rawJson(part.toString());
    if (part instanceof Uint8Array) return encodeBase64(part);
    return part === undefined ? null : part;
  });
}

/** Formats a value as the Collector does: bytes in base64, lists and maps as JSON, nothing as an empty text. */
export function attributeText(value: AttributeValue): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return encodeBase64(value);
  return typeof value === 'object' ? attributeJson(value) : String(value);
}

/** Keeps all digits of a number. TypeScript does not declare the function yet. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };
