import {
  anyValueKind,
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  forEachPayload,
  payloadEnd,
  payloadStart,
  readKey,
  type Splices,
  WireWriter,
} from '@otelier/otlp';
import { encodeValue, readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';
import type { Value } from '../../ottl/values/value.ts';
import type { RedactionRules } from './rules.ts';
import { addSummary, Changes, SUMMARY, SUMMARY_PREFIX, type SummaryTarget } from './summary.ts';

/** An attribute that is changed or belongs to a summary. */
interface Entry {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  value: Value;
  state: 'unchanged' | 'changed' | 'removed';
}

const DATABASE_KEYS = ['db.system.name', 'db.system'].map(encodeKey);
const found = new FoundAttribute();
const writer = new WireWriter(256);

/** Redacts the attributes of one message at a time. */
export class AttributesRedaction implements SummaryTarget {
  readonly #rules: RedactionRules;
  readonly #summary: string;
  readonly #changes = new Changes();
  readonly #entries: Entry[] = [];
  #bytes: Uint8Array = new Uint8Array();
  #start = 0;
  #end = 0;
  #field = 0;

  constructor(rules: RedactionRules, summary: string) {
    this.#rules = rules;
    this.#summary = summary;
  }

  /** Redacts the attributes in `field` of the message `[start, end)`. */
  redact(bytes: Uint8Array, start: number, end: number, field: number): this {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#field = field;
    this.#entries.length = 0;
    this.#changes.clear();
    const system = this.#rules.databases.isEnabled ? this.#system((key) => this.#encoded(key)) : '';
    forEachPayload(bytes, start, end, field, (from, to, fieldStart) => this.#redactOne(from, to, fieldStart, system));
    addSummary(this.#changes, SUMMARY.attributes, this.#summary, this);
    return this;
  }

  /** Adds the summary of changes to a log body. */
  addBodySummary(changes: Changes): void {
    addSummary(changes, SUMMARY.body, this.#summary, this);
  }

  /** Records the changes and reports whether there are any. */
  record(splices: Splices): boolean {
    let isChanged = false;
    for (const { key, start, end, value, state } of this.#entries) {
      if (state === 'unchanged') continue;
      isChanged = true;
      if (state === 'removed') splices.remove(start, end);
      else if (start < end) splices.replace(start, end, this.#encode(key, value));
      else splices.insert(start, this.#encode(key, value));
    }
    return isChanged;
  }

  /** The lowercase database system named in the redacted attributes, or an empty string. */
  get system(): string {
    return this.#system((key) => this.get(Buffer.from(key).toString()));
  }

  /** Returns an attribute's value after redaction. */
  get(key: string): Value {
    const entry = this.#entries.find((other) => other.key === key);
    if (entry === undefined) return this.#encoded(encodeKey(key));
    return entry.state === 'removed' ? undefined : entry.value;
  }

  /** Reports whether an attribute is still present after redaction. */
  has(key: string): boolean {
    const entry = this.#entries.find((other) => other.key === key);
    if (entry !== undefined) return entry.state !== 'removed';
    return findAttribute(this.#bytes, this.#start, this.#end, this.#field, encodeKey(key), found);
  }

  set(key: string, value: Value): void {
    const entry = this.#entries.find((other) => other.key === key && other.state !== 'removed');
    if (entry === undefined) this.#entries.push({ key, start: this.#end, end: this.#end, value, state: 'changed' });
    else {
      entry.value = value;
      entry.state = 'changed';
    }
  }

  #redactOne(from: number, to: number, start: number, system: string): void {
    const bytes = this.#bytes;
    const key = readKey(bytes, from, to);
    const at = findField(bytes, from, to, 2);
    const valueStart = at < 0 ? to : payloadStart(bytes, at);
    const valueEnd = at < 0 ? to : payloadEnd(bytes, at);
    const rule = this.#rules.keyRule(key);
    let value: Value;
    let state: Entry['state'] = 'unchanged';
    if (rule === 'ignore') this.#changes.ignored.push(key);
    else if (rule === 'remove') {
      this.#changes.removed.push(key);
      state = 'removed';
    } else {
      const text = this.#textOf(valueStart, valueEnd);
      if (this.#rules.isAllowed(text)) this.#changes.allowed.push(key);
      else {
        const masked = rule === 'mask' ? this.#rules.mask(text) : this.#rules.attributeValue(text, key, system);
        if (rule === 'mask' || masked !== text) {
          this.#changes.masked.push(key);
          value = masked;
          state = 'changed';
        }
      }
    }
    if (state === 'unchanged') {
      if (!key.startsWith(SUMMARY_PREFIX)) return;
      value = readValue(bytes, valueStart, valueEnd);
    }
    this.#entries.push({ key, start, end: to, value, state });
  }

  /** Returns the string that the rules apply to. Values that are not strings have one only if all types are redacted. */
  #textOf(start: number, end: number): string {
    if (!this.#rules.redactAllTypes && anyValueKind(this.#bytes, start, end) !== 'string') return '';
    return attributeText(readValue(this.#bytes, start, end));
  }

  #encoded(key: Uint8Array): Value {
    return findAttribute(this.#bytes, this.#start, this.#end, this.#field, key, found)
      ? readValue(this.#bytes, found.valueStart, found.valueEnd)
      : undefined;
  }

  #system(read: (key: Uint8Array) => Value): string {
    for (const key of DATABASE_KEYS) {
      const value = read(key);
      if (typeof value === 'string' && value !== '') return value.toLowerCase();
    }
    return '';
  }

  #encode(key: string, value: Value): Uint8Array {
    const encoded = encodeValue(value);
    writer.open(this.#field);
    writer.stringField(1, key);
    writer.bytesField(2, encoded);
    writer.close();
    return writer.finish();
  }
}
