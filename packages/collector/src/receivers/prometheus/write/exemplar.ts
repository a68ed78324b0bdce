import { encodeAttributes } from '../../../metrics/encoded-attributes.ts';
import { encodeExemplar } from '../../../metrics/write-points.ts';
import type { Exemplar } from '../parse/exposition.ts';

/** Encodes an exemplar. Its labels `trace_id` and `span_id` become the trace if they are valid IDs. */
export function encodeScrapedExemplar({ labels, value, timestampMillis }: Exemplar, scrapedMillis: number): Uint8Array {
  let traceId: Uint8Array | undefined;
  let spanId: Uint8Array | undefined;
  const others: (readonly [string, string])[] = [];
  for (const [name, text] of labels) {
    const key = name.toLowerCase();
    if (text === '' && (key === 'trace_id' || key === 'span_id')) continue;
    if (key === 'trace_id' && isId(text, 32)) traceId = Buffer.from(text, 'hex');
    else if (key === 'span_id' && isId(text, 16)) spanId = Buffer.from(text, 'hex');
    else others.push([name, text]);
  }
  return encodeExemplar({
    timeUnixNano: BigInt(timestampMillis ?? scrapedMillis) * 1_000_000n,
    value,
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
    ...(others.length > 0 && { filteredAttributes: encodeAttributes(others) }),
  });
}

function isId(text: string, length: number): boolean {
  return text.length === length && /^[0-9a-f]+$/i.test(text) && !/^0+$/.test(text);
}
