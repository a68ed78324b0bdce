import { replaceField } from '../edit/fields.ts';
import { Splices } from '../edit/splices.ts';
import { findField, forEachPayload, payloadEnd, payloadStart } from '../wire/find.ts';
import { readDouble, readFixed32, readFixed64, readString, readVarintLow, WireType } from '../wire/reader.ts';
import { WireWriter } from '../wire/writer.ts';
import { encodeHex } from './hex.ts';

/**
 * Base of all views: a message that stays in its bytes, of which a getter decodes what it returns and no more. The
 * bytes must have come through `normalizeRequest`. A setter never writes into them, for they are shared: it puts a
 * changed copy of this one message behind the view, and `changed` tells the one who handed the view out.
 *
 * A view can be pointed at another message (`reset`). Functions that visit items do that, so a view handed to a
 * callback is valid until the callback returns; what its getters returned stays valid.
 */
export abstract class MessageView {
  /** The array in which the message lies. */
  bytes: Uint8Array = EMPTY;
  /** Offset of the message, without tag and length. */
  start = 0;
  /** Offset after it. */
  end = 0;
  /** Whether a setter has been used since the last `reset`. */
  changed = false;

  /** Points the view at the message `[start, end)` of `bytes`. */
  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.changed = false;
    return this;
  }

  /** The message in an array of its own. */
  toBytes(): Uint8Array {
    return this.bytes.slice(this.start, this.end);
  }

  /** Puts the changes that `edit` records behind the view. For parts of a view, such as its attributes. */
  edit(edit: (splices: Splices) => void): void {
    const splices = new Splices();
    edit(splices);
    if (splices.isEmpty) return;
    this.bytes = splices.apply(this.bytes, this.start, this.end);
    this.start = 0;
    this.end = this.bytes.length;
    this.changed = true;
  }

  protected find(field: number): number {
    return findField(this.bytes, this.start, this.end, field);
  }

  protected text(field: number): string {
    const value = this.find(field);
    if (value < 0) return '';
    return readString(this.bytes, payloadStart(this.bytes, value), payloadEnd(this.bytes, value));
  }

  /** The bytes themselves, not a copy: nobody writes into them. */
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

  /** An unsigned integer of 32 bits, or an enum. */
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

  /** Views of the messages in a repeated field, each made by `make`. */
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
      writer.tag(field, WireType.varint);
      writer.varint(value);
    }
    this.#set(field);
  }

  /** Sets a message to what `write` writes; without `write` it is left out. */
  protected setMessage(field: number, write: ((writer: WireWriter) => void) | undefined): void {
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
const writer = new WireWriter(256);
