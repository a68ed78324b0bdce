import { JsonWriter } from '../../../columns/json.ts';
import { forEachField } from '../../../columns/wire.ts';
import type { RecordedAttributes } from '../../../spans.ts';
import { recordedAttributes } from './recorded-values.ts';

/** Field numbers of `ScopeSpans.scope` and `InstrumentationScope.attributes`. */
const SCOPE = 1;
const ATTRIBUTES = 3;

/** Returns the attributes of a stored ScopeSpans message. */
export function scopeAttributes(bytes: Uint8Array): RecordedAttributes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let found: RecordedAttributes = new Map();
  forEachField(bytes, 0, bytes.length, (field, wireType, from, to) => {
    if (field !== SCOPE || wireType !== 2) return;
    const json = new JsonWriter();
    json.object(bytes, view, from, to, ATTRIBUTES);
    found = recordedAttributes(Buffer.from(json.bytes.subarray(0, json.length)).toString());
  });
  return found;
}
