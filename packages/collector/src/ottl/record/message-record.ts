import { findField, forEachPayload, replaceField, Splices } from '@otelier/otlp';
import { AttributesRecord } from './attributes-record.ts';

/**
 * An encoded message with pending changes. Reads decode only the value that they return and see earlier changes.
 * `record` adds the changes to splices, so that everything else is copied as bytes. A record is reused for many
 * messages.
 */
export class MessageRecord {
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  /** The array in which the last `find` located its field. */
  source: Uint8Array = EMPTY;
  /** The message's attributes or metadata. */
  readonly attributes: AttributesRecord = new AttributesRecord(this);
  /** Pending fields. Entries from `#count` onward belong to earlier messages. */
  readonly #fields: number[] = [];
  readonly #contents: (Uint8Array | undefined)[] = [];
  readonly #repeated: boolean[] = [];
  #count = 0;

  /** Moves to the message `[start, end)` and discards all changes. */
  reset(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.#count = 0;
    this.attributes.clear();
    return this;
  }

  /** Whether the message has pending changes. */
  get isChanged(): boolean {
    return this.#count > 0 || this.attributes.isChanged;
  }

  /** Returns the offset of a field's value in `source`, or -1, as `findField` does. */
  find(field: number): number {
    if (this.#count > 0) {
      const at = this.#fields.lastIndexOf(field, this.#count - 1);
      if (at >= 0) {
        const content = this.#contents[at] ?? EMPTY;
        this.source = content;
        return findField(content, 0, content.length, field);
      }
    }
    this.source = this.bytes;
    return findField(this.bytes, this.start, this.end, field);
  }

  /** Sets a field to its encoded content including the tag, or removes it. */
  put(field: number, content: Uint8Array | undefined): void {
    this.#put(field, content, false);
  }

  /** Replaces all elements of a repeated field with their encoded contents including tags. */
  putAll(field: number, contents: Uint8Array): void {
    this.#put(field, contents, true);
  }

  /** Calls `visit` with the payload of each element in a repeated field. */
  forEach(field: number, visit: (bytes: Uint8Array, start: number, end: number) => void): void {
    const at = this.#count === 0 ? -1 : this.#fields.lastIndexOf(field, this.#count - 1);
    const content = at < 0 ? undefined : (this.#contents[at] ?? EMPTY);
    if (content === undefined)
      forEachPayload(this.bytes, this.start, this.end, field, (from, to) => visit(this.bytes, from, to));
    else forEachPayload(content, 0, content.length, field, (from, to) => visit(content, from, to));
  }

  /** Adds the changes to `splices`. */
  record(splices: Splices): void {
    for (let i = 0; i < this.#count; i++) {
      const field = this.#fields[i] as number;
      const content = this.#contents[i];
      if (!this.#repeated[i]) {
        replaceField(splices, this.bytes, this.start, this.end, field, content);
        continue;
      }
      forEachPayload(this.bytes, this.start, this.end, field, (_from, to, from) => splices.remove(from, to));
      if (content !== undefined && content.length > 0) splices.insert(this.end, content);
    }
    this.attributes.record(splices);
  }

  /** Returns the changed message and moves to it. */
  apply(): Uint8Array {
    const splices = new Splices();
    this.record(splices);
    const message = splices.apply(this.bytes, this.start, this.end);
    this.reset(message, 0, message.length);
    return message;
  }

  #put(field: number, content: Uint8Array | undefined, repeated: boolean): void {
    let at = this.#count === 0 ? -1 : this.#fields.lastIndexOf(field, this.#count - 1);
    if (at < 0) {
      at = this.#count++;
      this.#fields[at] = field;
    }
    this.#contents[at] = content;
    this.#repeated[at] = repeated;
  }
}

const EMPTY = new Uint8Array();
