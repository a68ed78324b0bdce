import { ANY_VALUE_FIELDS, findField, payloadEnd, payloadStart, readString } from '@otelier/otlp';
import { AttributeKey, type Ranges } from '../../component/state/span-scan.ts';
import { readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';

/** Finds several attributes of a span or resource in a single pass, and decodes their values on demand. */
export class WantedAttributes {
  readonly #names: readonly Uint8Array[];
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #key = new AttributeKey();
  #bytes: Uint8Array = new Uint8Array();
  /** Start and end of the attributes found, by name index; the start is -1 if an attribute is missing. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(names: Iterable<string>) {
    const unique = [...new Set(names)];
    this.#names = unique.map((name) => Buffer.from(name));
    this.#indexes = new Map(unique.map((name, index) => [name, index]));
    this.#starts = new Int32Array(unique.length);
    this.#ends = new Int32Array(unique.length);
  }

  /** Finds attributes among `ranges` of `KeyValue` messages. The first value of a duplicate key wins. */
  find(bytes: Uint8Array, ranges: Ranges): void {
    this.#bytes = bytes;
    this.#starts.fill(-1);
    for (let i = 0; i < ranges.count; i++) {
      const [start, end] = [ranges.start(i), ranges.end(i)];
      this.#key.read(bytes, start, end);
      const index = this.#indexOf(this.#key.start, this.#key.end);
      if (index < 0 || this.#starts[index] >= 0) continue;
      this.#starts[index] = start;
      this.#ends[index] = end;
    }
  }

  /** Returns an attribute value as a string, or `undefined` if the attribute is missing. */
  text(name: string): string | undefined {
    const index = this.#indexes.get(name) ?? -1;
    const start = index < 0 ? -1 : this.#starts[index];
    return start < 0 ? undefined : valueText(this.#bytes, start, this.#ends[index]);
  }

  #indexOf(start: number, end: number): number {
    const names = this.#names;
    for (let i = 0; i < names.length; i++) if (names[i].length === end - start && this.#isAt(start, names[i])) return i;
    return -1;
  }

  #isAt(offset: number, name: Uint8Array): boolean {
    const bytes = this.#bytes;
    for (let i = name.length - 1; i >= 0; i--) if (bytes[offset + i] !== name[i]) return false;
    return true;
  }
}

/** Returns the value of the `KeyValue` in `[start, end)` as a string. */
function valueText(bytes: Uint8Array, start: number, end: number): string {
  const at = findField(bytes, start, end, 2);
  if (at < 0) return '';
  const [from, to] = [payloadStart(bytes, at), payloadEnd(bytes, at)];
  const isText = from < to && bytes[from] === ANY_VALUE_FIELDS.string * 8 + 2;
  if (isText) return readString(bytes, payloadStart(bytes, from + 1), payloadEnd(bytes, from + 1));
  return attributeText(readValue(bytes, from, to));
}
