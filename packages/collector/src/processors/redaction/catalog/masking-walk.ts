import {
  ANY_VALUE_FIELDS,
  findField,
  payloadEnd,
  payloadStart,
  type Splices,
  TrustedReader,
  WireWriter,
} from '@otelier/otlp';
import { readValue } from '../../../ottl/values/codec.ts';
import { attributeText } from '../../../ottl/values/text.ts';
import type { Changes } from '../summary.ts';
import { type KeyFacts, KeyTable } from './key-table.ts';
import type { MessagePlan } from './message-plan.ts';
import type { CatalogName } from './names.ts';
import { Scanner } from './scanner.ts';

/** What the walk does with findings. */
export interface WalkRules {
  readonly enabled: ReadonlySet<CatalogName>;
  /** Whether numbers and other types are searched in string form. */
  readonly redactAllTypes: boolean;
  keyRule(key: string): KeyFacts['rule'];
  /** Reports whether a text stays as it is. */
  isAllowed(text: string): boolean;
  readonly mayAllow: boolean;
  mask(name: CatalogName, text: string): string;
  /** Called by `find` with each value: where it is, the text that contains it, and its start and end there. */
  readonly found?: (name: CatalogName, place: string, text: string, start: number, end: number) => void;
}

/** The changes to report in summaries. */
export interface WalkChanges {
  readonly attributes: Changes;
  readonly body: Changes;
}

const NO_KEY: KeyFacts = { key: new Uint8Array(), rule: 'check', labels: 0, secret: undefined };
const writer = new WireWriter(256);

/**
 * Searches the texts of encoded messages for sensitive values and masks them. A message without findings is only read:
 * it is not decoded, copied or changed.
 */
export class MaskingWalk {
  readonly #rules: WalkRules;
  readonly #scanner: Scanner;
  readonly #keys: KeyTable;
  #bytes: Uint8Array = new Uint8Array();
  /** The changes, while they are recorded. */
  #splices: Splices | undefined;
  #changes: WalkChanges | undefined;
  /** Whether all values are wanted, without changes. */
  #isSearching = false;
  /** Where the current text is. */
  #place = '';

  constructor(rules: WalkRules) {
    this.#rules = rules;
    this.#scanner = new Scanner(rules.enabled);
    this.#keys = new KeyTable((key) => rules.keyRule(key));
  }

  /** Masks the values in the message `[start, end)`, records the changes, and reports whether there are any. */
  record(
    bytes: Uint8Array,
    start: number,
    end: number,
    plan: MessagePlan,
    splices: Splices,
    changes: WalkChanges,
  ): boolean {
    this.#bytes = bytes;
    this.#splices = undefined;
    if (!this.#message(start, end, plan)) return false;
    this.#splices = splices;
    this.#changes = changes;
    this.#message(start, end, plan);
    return true;
  }

  /** Calls `found` of the rules with each value in the message `[start, end)`. */
  find(bytes: Uint8Array, start: number, end: number, plan: MessagePlan): void {
    this.#bytes = bytes;
    this.#splices = undefined;
    this.#isSearching = true;
    try {
      this.#message(start, end, plan);
    } finally {
      this.#isSearching = false;
    }
  }

  /** Visits a message. Without splices, stops at the first finding. */
  #message(start: number, end: number, plan: MessagePlan): boolean {
    const reader = new TrustedReader(this.#bytes, start, end);
    let isFound = false;
    while (reader.next()) {
      const contents = plan[reader.field];
      if (contents === undefined) continue;
      const { lengthStart, valueStart, end: valueEnd } = reader;
      let isHere: boolean;
      if (typeof contents === 'string') this.#place = contents === 'value' ? 'body' : 'name';
      if (contents === 'text') isHere = this.#text(lengthStart, valueStart, valueEnd, NO_KEY);
      else {
        this.#splices?.open(lengthStart);
        if (contents === 'attribute') isHere = this.#attribute(valueStart, valueEnd);
        else if (contents === 'value') isHere = this.#value(valueStart, valueEnd, NO_KEY, 'body');
        else isHere = this.#message(valueStart, valueEnd, contents);
        this.#splices?.close(valueStart, valueEnd);
      }
      if (isHere && this.#splices === undefined && !this.#isSearching) return true;
      isFound ||= isHere;
    }
    return isFound;
  }

  /** An attribute of the message. */
  #attribute(start: number, end: number): boolean {
    const facts = this.#facts(start, end);
    if (facts.rule !== 'check') return false;
    if (this.#isSearching) this.#place = Buffer.from(facts.key).toString();
    const isFound = this.#keyValue(start, end, facts, undefined);
    if (isFound && this.#splices !== undefined)
      this.#changes?.attributes.masked.push(Buffer.from(facts.key).toString());
    return isFound;
  }

  #facts(start: number, end: number): KeyFacts {
    const at = findField(this.#bytes, start, end, 1);
    return at < 0 ? NO_KEY : this.#keys.get(this.#bytes, payloadStart(this.#bytes, at), payloadEnd(this.#bytes, at));
  }

  #keyValue(start: number, end: number, facts: KeyFacts, path: string | undefined): boolean {
    const at = findField(this.#bytes, start, end, 2);
    if (at < 0) return false;
    const from = payloadStart(this.#bytes, at);
    const to = payloadEnd(this.#bytes, at);
    this.#splices?.open(at);
    const isFound = this.#value(from, to, facts, path);
    this.#splices?.close(from, to);
    return isFound;
  }

  /** An `AnyValue`. `path` is the place within the body, or `undefined` for attributes. */
  #value(start: number, end: number, facts: KeyFacts, path: string | undefined): boolean {
    const reader = new TrustedReader(this.#bytes, start, end);
    if (!reader.next()) return false;
    const { field, lengthStart, valueStart, end: valueEnd } = reader;
    if (field === ANY_VALUE_FIELDS.string) {
      const isFound = this.#text(lengthStart, valueStart, valueEnd, facts);
      if (isFound && path !== undefined && this.#splices !== undefined) this.#changes?.body.masked.push(path);
      return isFound;
    }
    if (field === ANY_VALUE_FIELDS.array || field === ANY_VALUE_FIELDS.kvlist) {
      this.#splices?.open(lengthStart);
      const isFound = this.#elements(valueStart, valueEnd, field === ANY_VALUE_FIELDS.array ? facts : undefined, path);
      this.#splices?.close(valueStart, valueEnd);
      return isFound;
    }
    return this.#rules.redactAllTypes && this.#scalar(start, end, facts);
  }

  /** The elements of a list, with the facts about its key, or the entries of a map. */
  #elements(start: number, end: number, facts: KeyFacts | undefined, path: string | undefined): boolean {
    const reader = new TrustedReader(this.#bytes, start, end);
    let isFound = false;
    for (let index = 0; reader.next(); index++) {
      const { lengthStart, valueStart, end: valueEnd } = reader;
      this.#splices?.open(lengthStart);
      const isHere =
        facts === undefined
          ? this.#entry(valueStart, valueEnd, path)
          : this.#value(valueStart, valueEnd, facts, path === undefined ? undefined : elementPath(path, index));
      this.#splices?.close(valueStart, valueEnd);
      if (isHere && this.#splices === undefined && !this.#isSearching) return true;
      isFound ||= isHere;
    }
    return isFound;
  }

  #entry(start: number, end: number, path: string | undefined): boolean {
    const facts = this.#facts(start, end);
    // The rules for keys apply to attributes and to entries of the body.
    if (path !== undefined && facts.rule !== 'check') return false;
    return this.#keyValue(start, end, facts, path === undefined ? undefined : entryPath(path, facts.key));
  }

  #text(lengthStart: number, start: number, end: number, facts: KeyFacts): boolean {
    const masked = this.#maskedText(this.#bytes, start, end, facts);
    if (masked === undefined) return false;
    this.#splices?.replaceValue(lengthStart, end, masked);
    return true;
  }

  /** A number or another value, in string form. */
  #scalar(start: number, end: number, facts: KeyFacts): boolean {
    const text = Buffer.from(attributeText(readValue(this.#bytes, start, end)));
    const masked = this.#maskedText(text, 0, text.length, facts);
    if (masked === undefined) return false;
    if (this.#splices !== undefined) {
      writer.bytesField(ANY_VALUE_FIELDS.string, masked);
      this.#splices.replace(start, end, writer.finish());
    }
    return true;
  }

  /** Returns the masked text, or `undefined` without findings. Without splices, the text is not made. */
  #maskedText(bytes: Uint8Array, start: number, end: number, facts: KeyFacts): Uint8Array | undefined {
    const scanner = this.#scanner;
    const count = scanner.scan(bytes, start, end, facts.labels, facts.secret);
    if (count === 0) return undefined;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (this.#rules.mayAllow && this.#rules.isAllowed(text.toString('utf8', start, end))) return undefined;
    if (this.#isSearching) this.#report(text, start, end, count);
    if (this.#splices === undefined) return FOUND;
    let at = start;
    const parts: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const name = scanner.names[i] as CatalogName;
      const from = scanner.starts[i] as number;
      const masked = this.#rules.mask(name, text.toString('utf8', from, scanner.ends[i]));
      parts.push(bytes.subarray(at, from), Buffer.from(masked));
      at = scanner.ends[i] as number;
    }
    parts.push(bytes.subarray(at, end));
    return Buffer.concat(parts);
  }

  #report(bytes: Buffer, start: number, end: number, count: number): void {
    const { names, starts, ends } = this.#scanner;
    const text = bytes.toString('utf8', start, end);
    for (let i = 0; i < count; i++) {
      const from = bytes.toString('utf8', start, starts[i]).length;
      const to = from + bytes.toString('utf8', starts[i], ends[i]).length;
      this.#rules.found?.(names[i] as CatalogName, this.#place, text, from, to);
    }
  }
}

const FOUND = new Uint8Array();

function elementPath(path: string, index: number): string {
  return path === 'body' ? `[${index}]` : `${path}.[${index}]`;
}

function entryPath(path: string, key: Uint8Array): string {
  const name = Buffer.from(key).toString();
  return path === 'body' ? name : `${path}.${name}`;
}
