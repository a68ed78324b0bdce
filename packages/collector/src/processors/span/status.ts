import { type ItemCursor, replaceField, SPAN_FIELDS, STATUS_FIELDS, WireWriter } from '@otelier/otlp';

const CODES = { Unset: 0, Ok: 1, Error: 2 } as const;

/** Returns the change that sets a span's status. */
export function statusOf(status: {
  readonly code: keyof typeof CODES;
  readonly description: string;
}): (cursor: ItemCursor) => void {
  const content = encodeStatus(status);
  return ({ splices, bytes, start, end }) => replaceField(splices, bytes, start, end, SPAN_FIELDS.status, content);
}

/** Returns the encoded field, or `undefined` for the default status. */
function encodeStatus({ code, description }: Parameters<typeof statusOf>[0]): Uint8Array | undefined {
  if (code === 'Unset') return undefined;
  const writer = new WireWriter(64);
  writer.open(SPAN_FIELDS.status);
  if (description !== '') writer.stringField(STATUS_FIELDS.message, description);
  writer.varintField(STATUS_FIELDS.code, CODES[code]);
  writer.close();
  return writer.finish();
}
