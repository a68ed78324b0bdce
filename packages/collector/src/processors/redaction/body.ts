import {
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  payloadEnd,
  payloadStart,
  replaceField,
  WireWriter,
} from '@otelier/otlp';
import { encodeValue, readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';
import { isList, isMap, type Value, type ValueMap } from '../../ottl/values/value.ts';
import type { RedactionRules } from './rules.ts';
import { Changes } from './summary.ts';

const writer = new WireWriter(1024);

/** Redacts the body of the log record at the cursor, records the change, and returns what was redacted. */
export function redactBody(rules: RedactionRules, { bytes, start, end, splices }: ItemCursor): Changes {
  const at = findField(bytes, start, end, LOG_RECORD_FIELDS.body);
  const body = at < 0 ? undefined : readValue(bytes, payloadStart(bytes, at), payloadEnd(bytes, at));
  const redaction = new BodyRedaction(rules);
  const redacted = redaction.redact(body);
  if (redaction.isChanged) {
    writer.bytesField(LOG_RECORD_FIELDS.body, encodeValue(redacted));
    replaceField(splices, bytes, start, end, LOG_RECORD_FIELDS.body, writer.finish());
  }
  return redaction.changes;
}

class BodyRedaction {
  readonly changes = new Changes();
  isChanged = false;
  readonly #rules: RedactionRules;

  constructor(rules: RedactionRules) {
    this.#rules = rules;
  }

  redact(body: Value): Value {
    if (isMap(body)) return this.#map(body, '');
    if (isList(body)) return body.map((element, index) => this.#within(`[${index}]`, element));
    const text = attributeText(body);
    return this.#rules.isAllowed(text) ? body : this.#text(text, body, 'body');
  }

  #map(map: ValueMap, prefix: string): ValueMap {
    const removed: string[] = [];
    for (const [key, value] of map) {
      const path = prefix + key;
      switch (this.#rules.keyRule(key)) {
        case 'ignore':
          this.changes.ignored.push(path);
          break;
        case 'remove':
          removed.push(key);
          break;
        case 'mask':
          this.changes.masked.push(path);
          this.isChanged = true;
          map.set(key, this.#rules.mask(typeof value === 'string' ? value : ''));
          break;
        case 'check':
          map.set(key, this.#within(path, value));
      }
    }
    for (const key of removed) {
      map.delete(key);
      this.changes.removed.push(prefix + key);
      this.isChanged = true;
    }
    return map;
  }

  #within(path: string, value: Value): Value {
    if (isMap(value)) return this.#map(value, `${path}.`);
    if (isList(value)) return value.map((element, index) => this.#within(`${path}.[${index}]`, element));
    const text = attributeText(value);
    if (!this.#rules.isAllowed(text)) return this.#text(text, value, path);
    this.changes.allowed.push(path);
    return value;
  }

  #text(text: string, value: Value, path: string): Value {
    const redacted = this.#rules.bodyValue(text);
    if (redacted === text) return value;
    this.changes.masked.push(path);
    this.isChanged = true;
    return redacted;
  }
}
