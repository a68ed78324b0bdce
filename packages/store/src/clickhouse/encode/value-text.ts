import {
  anyValueKind,
  encodeBase64,
  findField,
  forEachPayload,
  type MessageView,
  payloadEnd,
  payloadStart,
  readAnyValue,
  readKey,
  type AttributeValue as WireValue,
} from '@otelier/otlp';

/** Returns the text of the attributes of a message that are not strings, by key. The first value of a key counts. */
export function otherValues({ bytes, start, end }: MessageView, field: number): ReadonlyMap<string, string> {
  let values: Map<string, string> | undefined;
  let strings: Set<string> | undefined;
  forEachPayload(bytes, start, end, field, (from, to) => {
    const at = findField(bytes, from, to, 2);
    const [valueStart, valueEnd] = at < 0 ? [to, to] : [payloadStart(bytes, at), payloadEnd(bytes, at)];
    const key = readKey(bytes, from, to);
    if (anyValueKind(bytes, valueStart, valueEnd) === 'string') {
      strings ??= new Set();
      strings.add(key);
    } else if (strings?.has(key) !== true && values?.has(key) !== true) {
      values ??= new Map();
      values.set(key, jsonText(readAnyValue(bytes, valueStart, valueEnd)));
    }
  });
  return values ?? NONE;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** Formats a value as JSON. Integers keep all digits, and bytes are base64 in `{"bytes":"…"}`. */
export function jsonText(value: WireValue): string {
  if (value === undefined) return 'null';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `{"bytes":"${encodeBase64(value)}"}`;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}:${jsonText(entry)}`);
  return `{${entries.join(',')}}`;
}
