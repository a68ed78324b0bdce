import { findField, forEachLogRecord, LOG_RECORD_FIELDS, payloadEnd, payloadStart } from '@otelier/otlp';
import { readValue } from '../ottl/values/codec.ts';
import { jsonOf } from '../ottl/values/text.ts';
import { EvaluationError } from '../ottl/values/value.ts';
import type { EncodedMessage, EncodedMessages } from './encoded-messages.ts';

/** Encodes the body of each log record: bytes as they are, everything else as JSON. Records without a body are left out. */
export function rawBodies(request: Uint8Array): EncodedMessages {
  const messages: EncodedMessage[] = [];
  let rejectedItems = 0;
  let reason = '';
  forEachLogRecord(request, ({ bytes, start, end }) => {
    const field = findField(bytes, start, end, LOG_RECORD_FIELDS.body);
    try {
      const body = field < 0 ? undefined : readValue(bytes, payloadStart(bytes, field), payloadEnd(bytes, field));
      const value =
        body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(body === undefined ? '' : jsonOf(body));
      if (value.length > 0) messages.push({ value, itemCount: 1 });
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      rejectedItems += 1;
      reason ||= error.message;
    }
  });
  return { messages, rejectedItems, reason };
}
