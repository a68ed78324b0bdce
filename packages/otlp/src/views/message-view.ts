import { replaceField } from '../edit/fields.ts';
import { Splices } from '../edit/splices.ts';
import { findField, forEachPayload, payloadEnd, payloadStart } from '../wire/find.ts';
import { readDouble, readFixed32, readFixed64, readString, readVarintLow } from '../wire/reader.ts';
import { WireWriter } from '../wire/writer.ts';
import { moveToEdited } from './edited-bytes.ts';
import { encodeHex } from './hex.ts';

/**
 * The base class of all views: an encoded message whose getters decode only the value they return. The bytes must have
 * passed `normalizeRequest`. Bytes are shared, so a setter never modifies them: it replaces the message with a modified
 * copy and sets `changed`.
 *
 * A view can be moved to another message (`reset`). Functions that visit items do this, so a view passed to a callback
 * is valid only until the callback returns. Values returned by its getters remain valid.
 */
export abstract class MessageView {
  /** The array that contains the message. */
  bytes: Uint8Array = EMPTY;
  /** Offset of the message contents, after tag and length. */
  start = 0;
  /** Offset after the message. */
  end = 0;
  /** Whether a setter has been used since the last `reset`. */
  changed = false;

  /** Moves the view to the message in `[start, end)` of `bytes`. */
  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.changed = false;
    return this;
  }

  /** Returns a copy of the message. */
  toBytes(): Uint8Array {
    return this.bytes.slice(this.start, this.end);
  }

  /** Applies the changes recorded by `edit`. For components of a view, such as its attributes. */
  edit(edit: (splices: Splices) => void): void {
    // An edit can read other views, which have edits of their own.
    const splices = spare ?? new Splices();
    spare = undefined;
    edit(splices);
    if (!splices.isEmpty) {
      moveToEdited(this, splices);
      this.changed = true;
      splices.clear();
    }
    spare = splices;
  }

  protected find(field: number): number {
    return findField(this.bytes, this.start, this.end, field);
  }

  protected text(field: number): string {
    const value = this.find(field);
    if (value < 0) return '';
    return readString(this.bytes, payloadStart(this.bytes, value), payloadEnd(this.bytes, value));
  }

  /** Returns the bytes of a field without copying. They must not be modified. */
  protected raw(field: number): Uint8Array {
    const value = this.find(field);
    if (value < 0) return EMPTY;
    return this.bytes.subarray(payloadStart(this.bytes, value), payloadEnd(this.bytes, value));
  }

  protected hex(field: number): string {
    const value = this.find(field);
    if (value < 0) return '';
    return encodeHex(this.bytes, payloadStart(this.bytes, value), payloadEnd(this.bytes, value));
  }

  /** Reads an unsigned 32-bit integer or an enum. */
  protected uint32(field: number): number {
    const value = this.find(field);
    return value < 0 ? 0 : readVarintLow(this.bytes, value);
  }

  protected fixed32(field: number): number {
    const value = this.find(field);
    return value < 0 ? 0 : readFixed32(this.bytes, value);
  }

  protected fixed64(field: number): bigint {
    const value = this.find(field);
    return value < 0 ? 0n : readFixed64(this.bytes, value);
  }

  protected double(field: number): number | undefined {
    const value = this.find(field);
    return value < 0 ? undefined : readDouble(this.bytes, value);
  }

  /** Returns views of the messages in a repeated field, each created by `make`. */
  protected list<View extends MessageView>(field: number, make: () => View): View[] {
    const views: View[] = [];
    forEachPayload(this.bytes, this.start, this.end, field, (start, end) => {
      views.push(make().reset(this.bytes, start, end));
    });
    return views;
  }

  protected setText(field: number, text: string): void {
    if (text !== '') writer.stringField(field, text);
    this.#set(field);
  }

  /** Sets an enum or a small unsigned integer. */
  protected setUint32(field: number, value: number): void {
    if (value !== 0) {
      writer.varintField(field, value);
    }
    this.#set(field);
  }

  /** Sets a message field to the output of `write`, or removes it if `write` is omitted. */
  protected setMessage(field: number, write: ((writer: WireWriter) => void) | undefined): void {
    // An earlier value may have been impossible to write.
    writer.reset();
    if (write !== undefined) {
      writer.open(field);
      write(writer);
      writer.close();
    }
    this.#set(field);
  }

  #set(field: number): void {
    const content = writer.length === 0 ? undefined : writer.finish();
    this.edit((splices) => replaceField(splices, this.bytes, this.start, this.end, field, content));
  }
}

const EMPTY = new Uint8Array();
/** Changes that are not in use; creating them for each setter takes longer than the setter. */
let spare: Splices | undefined;
const writer = new WireWriter(256);
