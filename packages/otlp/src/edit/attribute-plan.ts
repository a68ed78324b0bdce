import { afterVarint, findField, payloadEnd, payloadStart, sameBytes, skipValue } from '../wire/find.ts';
import { readVarint, WireType } from '../wire/reader.ts';
import type { AttributeEditor, EncodedAttribute } from './attribute-editor.ts';
import { viewOf } from './copy-run.ts';
import type { Splices } from './splices.ts';

/** A change to the attribute with a given key that does not depend on other attributes. */
export type AttributeStep =
  | { readonly kind: 'delete'; readonly key: Uint8Array }
  | {
      /** `insert` adds a missing attribute, `update` replaces an existing one, and `upsert` does both. */
      readonly kind: 'insert' | 'update' | 'upsert';
      readonly attribute: EncodedAttribute;
    };

/** Maximum number of steps in a plan. Sets of steps are represented as the bits of a number. */
const MAX_STEPS = 30;

/**
 * Applies constant attribute changes, one per key, in a single walk over a message. Equivalent to an `AttributeEditor`
 * but twice as fast: see `edit.bench.ts`.
 */
export class AttributePlan {
  readonly #steps: readonly AttributeStep[];
  readonly #keys: readonly Uint8Array[];
  /** Number of the first step for each key length, plus one. Keys of 127 bytes and more share an entry. */
  readonly #firstOfLength = new Uint8Array(128);
  readonly #keyViews: readonly DataView[];
  /** The encoded attributes of the steps, as entries of the list in field `#field`; `undefined` for deletions. */
  #contents: readonly (Uint8Array | undefined)[] = [];
  #field = 0;
  /** The steps that can add an attribute, as bits. */
  readonly #insertions: number = 0;

  private constructor(steps: readonly AttributeStep[]) {
    this.#steps = steps;
    this.#keys = steps.map(keyOf);
    this.#keyViews = this.#keys.map(viewOf);
    for (let step = steps.length - 1; step >= 0; step--) {
      const { kind } = steps[step] as AttributeStep;
      this.#firstOfLength[Math.min((this.#keys[step] as Uint8Array).length, 127)] = step + 1;
      if (kind === 'insert' || kind === 'upsert') this.#insertions |= 1 << step;
    }
  }

  /** Returns the plan for the steps, or `undefined` if two of them have the same key or there are too many. */
  static of(steps: readonly AttributeStep[]): AttributePlan | undefined {
    const keys = steps.map(keyOf);
    const isRepeated = keys.some((key, step) =>
      keys.slice(0, step).some((other) => other.length === key.length && sameBytes(other, 0, key)),
    );
    return isRepeated || steps.length > MAX_STEPS ? undefined : new AttributePlan(steps);
  }

  /**
   * Records the changes to the message `[start, end)`, whose attributes are in its field `attributesField`. `view` has the
   * same bytes as `bytes`.
   */
  record(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    attributesField: number,
    splices: Splices,
  ): void {
    const wanted = attributesField * 8 + WireType.lengthDelimited;
    if (attributesField !== this.#field) this.#encode(attributesField);
    const usual = wanted | (KEY_TAG << 16);
    const firstOfLength = this.#firstOfLength;
    let seen = 0;
    let pos = start;
    while (pos < end) {
      const fieldStart = pos;
      let step = -1;
      const head = end - pos >= 4 ? view.getInt32(pos, true) : bytes[pos];
      // Almost every attribute starts with its key, and has lengths of one byte.
      if ((head & 0x80ff_80ff) === usual && (head & 0x7e00) !== 0) {
        pos += 2 + ((head >> 8) & 127);
        // Most lengths do not match any key.
        if (firstOfLength[head >>> 24] === 0) continue;
        step = this.#find(view, fieldStart + 4, head >>> 24);
      } else if ((head & 0x80) === 0 && (head & 0xff) !== wanted) {
        pos = skipValue(bytes, pos + 1, head & 0x7f);
        continue;
      } else {
        const lengthStart = afterVarint(bytes, pos);
        pos = skipValue(bytes, lengthStart, readVarint(bytes, fieldStart));
        if (readVarint(bytes, fieldStart) === wanted)
          step = this.#findUnusual(bytes, view, payloadStart(bytes, lengthStart), pos);
      }
      if (step < 0) continue;
      this.#change(step, (seen & (1 << step)) !== 0, fieldStart, pos, splices);
      seen |= 1 << step;
    }
    this.#insert(this.#insertions & ~seen, end, splices);
  }

  /** Makes the same changes with an editor, for attributes that are read before they are recorded. */
  apply(editor: AttributeEditor): void {
    for (const step of this.#steps) {
      if (step.kind === 'delete') editor.delete(step.key);
      else if (step.kind === 'upsert' || editor.has(step.attribute.key) === (step.kind === 'update'))
        editor.set(step.attribute);
    }
  }

  /** Returns the number of the step for a key, or -1. */
  #find(view: DataView, keyStart: number, keyLength: number): number {
    const keys = this.#keyViews;
    for (let step = this.#firstOfLength[Math.min(keyLength, 127)] - 1; step >= 0 && step < keys.length; step++) {
      const key = keys[step] as DataView;
      if (key.byteLength === keyLength && sameWords(view, keyStart, key, keyLength)) return step;
    }
    return -1;
  }

  #findUnusual(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const key = findField(bytes, start, end, 1);
    if (key < 0) return this.#find(view, end, 0);
    const keyStart = payloadStart(bytes, key);
    return this.#find(view, keyStart, payloadEnd(bytes, key) - keyStart);
  }

  /** If a repeated key, which OTLP forbids, is changed, only its first occurrence is retained. */
  #change(step: number, isRepeated: boolean, start: number, end: number, splices: Splices): void {
    if ((this.#steps[step] as AttributeStep).kind === 'insert') return;
    const content = this.#contents[step];
    if (content === undefined || isRepeated) splices.remove(start, end);
    else splices.replace(start, end, content);
  }

  /** Adds the attributes of steps, given as bits. */
  #insert(missing: number, end: number, splices: Splices): void {
    for (let rest = missing; rest !== 0; rest &= rest - 1) {
      const content = this.#contents[31 - Math.clz32(rest & -rest)];
      if (content !== undefined) splices.insert(end, content);
    }
  }

  #encode(field: number): void {
    this.#contents = this.#steps.map((step) => (step.kind === 'delete' ? undefined : step.attribute.asField(field)));
    this.#field = field;
  }
}

/** Returns whether `length` bytes at `start` equal those of a key. Keys often share a prefix, so the end comes first. */
function sameWords(view: DataView, start: number, key: DataView, length: number): boolean {
  if (length < 4) {
    for (let i = 0; i < length; i++) if (view.getUint8(start + i) !== key.getUint8(i)) return false;
    return true;
  }
  const last = length - 4;
  if (view.getInt32(start + last) !== key.getInt32(last)) return false;
  for (let i = 0; i < last; i += 4) if (view.getInt32(start + i) !== key.getInt32(i)) return false;
  return true;
}

function keyOf(step: AttributeStep): Uint8Array {
  return step.kind === 'delete' ? step.key : step.attribute.key;
}

const KEY_TAG = 1 * 8 + WireType.lengthDelimited;
