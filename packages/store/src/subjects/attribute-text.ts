import { readDouble, readVarintInt64, TrustedReader } from '@otelier/otlp';

/** Returns the texts of an AnyValue: its own, or those of the elements of a list. Numbers and booleans as in JSON. */
export function attributeText(bytes: Uint8Array, start: number, end: number): readonly string[] {
  const reader = new TrustedReader(bytes, start, end);
  const texts: string[] = [];
  while (reader.next()) {
    const { valueStart, end: valueEnd } = reader;
    switch (reader.field) {
      case 1:
      case 7:
        texts.push(Buffer.from(bytes.buffer, bytes.byteOffset + valueStart, valueEnd - valueStart).toString());
        break;
      case 2:
        texts.push(bytes[valueStart] === 0 ? 'false' : 'true');
        break;
      case 3:
        texts.push(String(readVarintInt64(bytes, valueStart)));
        break;
      case 4:
        texts.push(String(readDouble(bytes, valueStart)));
        break;
      case 5:
        texts.push(...elementTexts(bytes, valueStart, valueEnd));
        break;
    }
  }
  return texts;
}

function elementTexts(bytes: Uint8Array, start: number, end: number): readonly string[] {
  const reader = new TrustedReader(bytes, start, end);
  const texts: string[] = [];
  while (reader.next()) if (reader.field === 1) texts.push(...attributeText(bytes, reader.valueStart, reader.end));
  return texts;
}
