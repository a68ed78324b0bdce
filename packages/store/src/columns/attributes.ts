import { AttributeStep, MAX_STEPS, NO_STEP, type NumberColumn, STEP_BYTES } from './attribute-step.ts';
import { DOUBLE, TEXT, typeOf, WIRE } from './attribute-types.ts';
import { splitKeyValue } from './json.ts';
import { type AttributeSlot, type DenseColumn, denseColumn } from './values/attribute-slots.ts';
import { ByteDictionary, isText } from './values/byte-dictionary.ts';
import { BytesBuilder } from './values/bytes-builder.ts';
import { equalBytes, isAscii, sameBytes } from './values/compare.ts';
import { freeMemory, grownBytes, grownCapacity, grownIntegers, grownWords } from './values/grown.ts';
import { PairIndex } from './values/pair-index.ts';
import { PendingTexts } from './values/pending-texts.ts';
import { BoolBuilder, Words64Builder } from './values/words-builders.ts';
import { varint64, varintEnd } from './wire.ts';

/** Maximum number of attributes that get their own column as rows arrive. Values of later attributes go to the list. */
const DENSE_COLUMNS = 64;
/** Slots from this number on never have a column, which keeps the column arrays short. */
const FIRST_LISTED_SLOT = 4096;

/** Maximum number of attributes per item stored in columns and the map. Any others are retained only as wire bytes. */
const MAX_SHOWN = 16_384;

/**
 * Collects the attributes of all rows of a builder.
 *
 * A row's attributes, in order, form a path in a tree whose edges are attribute slots. Similar rows share a path, so
 * the next key is usually predictable and only its bytes need to be compared. `attr_keys` stores the path.
 */
export class AttributesBuilder {
  readonly keys = new ByteDictionary(true);
  /** The key and type of each slot. */
  readonly slots = new PairIndex();
  /** The node at which each row's path ends; 0 if the row has no attributes. */
  paths: Uint32Array = new Uint32Array(256);

  /** The parent and slot of each tree node. Node 0 is the root. */
  readonly nodes = new PairIndex();
  #nodeDepth: Uint32Array = new Uint32Array(64);
  /** Encoded length of each node's path. */
  #nodeText: Uint32Array = new Uint32Array(64);
  /** Total encoded length of all rows' paths. A key counts toward every path but is stored once in `keys`. */
  #pathBytes = 0;
  /** 1 for each node at which some row ends, so that each path is written once. */
  #isEnd: Uint8Array = new Uint8Array(64);

  // Values of slots without a column, in row order.
  listRows: Uint32Array = new Uint32Array(64);
  listSlots: Uint32Array = new Uint32Array(64);
  listValues: Uint32Array = new Uint32Array(64);
  listLength = 0;
  /** Values of the list: strings unchanged, numbers as eight bytes, booleans as one, others as AnyValue messages. */
  readonly listDictionary = new ByteDictionary(false, true);

  /** The column of each slot that has one. */
  readonly #dense: (DenseColumn | undefined)[] = [undefined];
  /** The text columns among them, and the others. */
  readonly #texts: (BytesBuilder | undefined)[] = [undefined];
  /** Values of text columns that are looked up together, by slot and in a list. */
  readonly #pending: (PendingTexts | undefined)[] = [undefined];
  readonly #allPending: PendingTexts[] = [];
  /** The request that contains them. */
  #source: Uint8Array | undefined;
  #view: DataView | undefined;
  readonly #numbers: (NumberColumn | undefined)[] = [undefined];
  /** Row of each key, for the nodes up to `#keysNode` of the current row. */
  #keyRow: Int32Array = new Int32Array(64).fill(-1);
  #keysNode = 0;
  readonly #denseColumns: DenseColumn[] = [];
  /** Slots that have a column. */
  readonly denseSlots: number[] = [];
  readonly #steps: AttributeStep[] = [new AttributeStep(0, 0, 0, 0, 0, undefined, undefined, undefined)];
  /** The current row's last step, `NO_STEP` if its node has none. */
  #step: AttributeStep = NO_STEP;
  /** The current row's last node if it has no step. */
  #node = 0;
  /** Number of the current request. */
  #request = 0;
  readonly #pair = new Uint32Array(2);
  readonly #number = new Uint8Array(8);
  readonly #numberView = new DataView(this.#number.buffer);

  memory(rows: number): number {
    this.flush();
    let size = this.keys.byteSize + this.listDictionary.byteSize + (rows + this.listLength * 3) * 4;
    size +=
      this.slots.byteSize +
      this.nodes.byteSize +
      this.#nodeDepth.length * 9 +
      this.#pathBytes +
      this.#steps.length * STEP_BYTES;
    size += this.#keyRow.length * 4 + this.#dense.length * 16;
    for (const dense of this.#denseColumns) size += dense.memory(rows);
    return size;
  }

  /** Returns the slot with a number. */
  slot(number: number): AttributeSlot {
    const { first, second } = this.slots;
    return { key: first[number], type: second[number], dense: this.#dense[number] };
  }

  /** Starts a request. Its bytes are in a different array than those of the previous one. */
  beginRequest(): void {
    this.flush();
    this.#request += 1;
  }

  /** Starts a row. */
  begin(): void {
    this.#step = this.#steps[0] as AttributeStep;
    this.#keysNode = 0;
  }

  /** Ends the current row. */
  end(row: number): void {
    this.#endAt(row, this.#step === NO_STEP ? this.#node : this.#step.node);
  }

  /** Ends a row whose path ends at a node. */
  #endAt(row: number, node: number): void {
    if (row >= this.paths.length) this.paths = grownWords(this.paths, grownCapacity(this.paths.length, row + 1));
    this.paths[row] = node;
    if (this.#isEnd[node] !== 0) return;
    this.#isEnd[node] = 1;
    this.#pathBytes += this.#nodeText[node];
  }

  /** Adds one KeyValue message. Returns `false` if the caller must also retain its wire bytes, in call order. */
  add(row: number, source: Uint8Array, view: DataView, at: number, end: number): boolean {
    const step = this.#step.next;
    if (step !== undefined) {
      const length = end - at;
      if (step.isComparable && step.request === this.#request && length === step.length) {
        // Compares key and value at once with the same attribute of an earlier row.
        if (sameBytes(view, at, step.at, length)) {
          step.repeat(row);
          this.#step = step;
          return true;
        }
      }
      const { valueOffset } = step;
      if (
        length >= valueOffset + 4 &&
        (step.request === this.#request
          ? equalBytes(view, at, view, step.at, valueOffset)
          : source[at] === 0x0a &&
            source[at + 1] === valueOffset - 2 &&
            this.keys.matches(step.key, view, at + 2, valueOffset - 2)) &&
        this.#addValue(row, source, view, step, at + valueOffset, end)
      ) {
        step.at = at;
        step.length = length;
        step.request = this.#request;
        this.#step = step;
        return true;
      }
    }
    return this.#addAny(row, source, view, at, end);
  }

  /** Returns the node for another attribute after a node, and its column, if it has one. */
  follow(node: number, key: number, type: number): { readonly node: number; readonly target: DenseColumn } | undefined {
    if (this.#nodeDepth[node] >= MAX_SHOWN) return undefined;
    if (key >= this.#keyRow.length) this.#growKeys();
    const slot = this.#slot(key, type);
    const target = this.#dense[slot];
    return target && { node: this.#child(node, slot), target };
  }

  /** Ends the rows from `first` on. `nodes` are the last nodes of their paths plus 1, or 0 for rows that `end` ends. */
  endRows(first: number, nodes: Uint32Array): void {
    for (let i = 0; i < nodes.length; i++) if (nodes[i] > 0) this.#endAt(first + i, nodes[i] - 1);
  }

  /** Sets the values that wait to be looked up. Must be called before the request's bytes change. */
  flush(): void {
    const source = this.#source;
    const view = this.#view;
    if (source === undefined || view === undefined) return;
    this.#source = undefined;
    this.#view = undefined;
    for (const pending of this.#allPending) pending.flush(source, view);
  }

  /** Removes all rows from index `rows` on. */
  rollback(rows: number): void {
    for (const pending of this.#allPending) pending.clear();
    this.paths.fill(0, rows);
    for (const dense of this.#denseColumns) dense.rollback(rows);
    while (this.listLength > 0 && this.listRows[this.listLength - 1] >= rows) this.listLength--;
    this.#keyRow.fill(-1);
  }

  /** Frees the memory. The builder must not be used afterwards. */
  free(): void {
    const nodes = [this.#nodeDepth, this.#nodeText, this.#isEnd];
    const lists = [this.listRows, this.listSlots, this.listValues];
    for (const array of [this.paths, ...nodes, ...lists, this.#keyRow]) freeMemory(array);
    for (const held of [this.keys, this.slots, this.nodes, this.listDictionary, ...this.#denseColumns]) held.free();
  }

  /**
   * Stores the value of a KeyValue, whose field starts at `at`, in the column of a step. Returns `false` if the step has
   * no column, another type, or a length of more than a byte.
   */
  #addValue(row: number, source: Uint8Array, view: DataView, step: AttributeStep, at: number, end: number): boolean {
    const length = end - at - 2;
    if (length < 2 || length > 0x7f) return false;
    const { texts } = step;
    const head = view.getInt32(at, true);
    if (texts !== undefined) {
      // Tag and length of the AnyValue, tag and length of its text.
      if (head !== (0x0a_0012 | (length << 8) | ((length - 2) << 24))) return false;
      const { pending } = step;
      // Whether other text is UTF-8 is known only when it is looked up.
      if (!step.isStable && pending !== undefined && isAscii(view, at + 4, length - 2)) {
        this.#source = source;
        this.#view = view;
        step.defer(pending, row, source, view, at + 4, length - 2);
        return true;
      }
      const entry = texts.put(row, source, view, at + 4, length - 2);
      if (entry === 0) return false;
      step.setEntry(entry);
      return true;
    }
    return (head & 0xffff) === (0x12 | (length << 8)) && step.addNumber(row, source, view, at + 2, end);
  }

  #addAny(row: number, source: Uint8Array, view: DataView, at: number, end: number): boolean {
    const node = this.#step === NO_STEP ? this.#node : this.#step.node;
    if (this.#nodeDepth[node] >= MAX_SHOWN) return false;
    this.#markKeys(row, node);
    const parts = splitKeyValue(source, at, end);
    const keyLength = parts.keyTo - parts.keyFrom;
    let key = this.keys.intern(source, view, parts.keyFrom, keyLength);
    const exactKey = key !== 0;
    if (!exactKey) key = this.keys.internReplaced(source, parts.keyFrom, keyLength);
    if (key >= this.#keyRow.length) this.#growKeys();
    const repeated = this.#keyRow[key] === row;
    this.#keyRow[key] = row;
    const type = exactKey && parts.plain && !repeated ? typeOf(source, view, parts.valueFrom, parts.valueTo) : WIRE;
    if (type !== WIRE) {
      const slot = this.#slot(key, type);
      if (this.#setValue(row, slot, type, source, view, parts.valueFrom, parts.valueTo)) {
        this.#move(node, slot);
        return true;
      }
    }
    const slot = this.#slot(key, WIRE);
    this.#move(node, slot);
    // A repeated key cannot be stored: keys of a map are distinct.
    if (!repeated) this.#listBytes(row, slot, source, view, parts.valueFrom, parts.valueTo - parts.valueFrom);
    return false;
  }

  #setValue(
    row: number,
    slot: number,
    type: number,
    source: Uint8Array,
    view: DataView,
    from: number,
    to: number,
  ): boolean {
    if (type === TEXT) {
      const at = varintEnd(source, from + 1);
      const dense = this.#texts[slot];
      if (dense === undefined) return this.#listText(row, slot, source, view, at, to - at);
      if (dense.set(row, source, view, at, to - at)) return true;
      dense.setEntry(row, 0);
      return false;
    }
    if (type === DOUBLE) {
      this.#setNumber(row, slot, view.getUint32(from + 1, true), view.getUint32(from + 5, true));
    } else {
      varint64(source, from + 1, this.#pair);
      this.#setNumber(row, slot, this.#pair[0], this.#pair[1]);
    }
    return true;
  }

  #setNumber(row: number, slot: number, low: number, high: number): void {
    const dense = this.#dense[slot];
    if (dense instanceof Words64Builder) {
      dense.set(row, low, high);
    } else if (dense instanceof BoolBuilder) {
      dense.set(row, low !== 0);
    } else {
      this.#numberView.setUint32(0, low, true);
      this.#numberView.setUint32(4, high, true);
      this.#listBytes(row, slot, this.#number, this.#numberView, 0, 8);
    }
  }

  #listText(row: number, slot: number, source: Uint8Array, view: DataView, at: number, length: number): boolean {
    if (!isText(source, at, at + length)) return false;
    this.#listBytes(row, slot, source, view, at, length);
    return true;
  }

  #listBytes(row: number, slot: number, source: Uint8Array, view: DataView, at: number, length: number): void {
    if (this.listLength === this.listRows.length) this.#growList();
    this.listRows[this.listLength] = row;
    this.listSlots[this.listLength] = slot;
    this.listValues[this.listLength++] = this.listDictionary.intern(source, view, at, length);
  }

  #slot(key: number, type: number): number {
    const before = this.slots.length;
    const slot = this.slots.intern(key, type);
    if (slot < before) return slot;
    if (slot < FIRST_LISTED_SLOT) this.#addDense(slot, type);
    return slot;
  }

  #addDense(slot: number, type: number): void {
    const dense = type !== WIRE && this.#denseColumns.length < DENSE_COLUMNS ? denseColumn(type) : undefined;
    this.#dense.push(dense);
    const isText = dense instanceof BytesBuilder;
    this.#texts.push(isText ? dense : undefined);
    this.#numbers.push(isText ? undefined : dense);
    const pending = isText ? new PendingTexts(dense) : undefined;
    this.#pending.push(pending);
    if (pending !== undefined) this.#allPending.push(pending);
    if (dense === undefined) return;
    this.#denseColumns.push(dense);
    this.denseSlots.push(slot);
  }

  /** Sets `#keyRow` for the attributes that `add` has added since the last call. */
  #markKeys(row: number, node: number): void {
    for (let at = node; at !== this.#keysNode; at = this.nodes.first[at]) {
      this.#keyRow[this.slots.first[this.nodes.second[at]]] = row;
    }
    this.#keysNode = node;
  }

  /** Moves from `node` to its child for `slot`. */
  #move(node: number, slot: number): void {
    const last = this.#step.next;
    const child = last?.slot === slot ? last.node : this.#child(node, slot);
    const step = this.#steps[child] ?? NO_STEP;
    if (step !== NO_STEP) this.#step.next = step;
    this.#step = step;
    this.#node = child;
    this.#keysNode = child;
  }

  #child(node: number, slot: number): number {
    const before = this.nodes.length;
    const child = this.nodes.intern(node, slot);
    if (child < before) return child;
    if (child >= this.#nodeDepth.length) {
      this.#nodeDepth = doubledWords(this.#nodeDepth);
      this.#nodeText = doubledWords(this.#nodeText);
      this.#isEnd = grownBytes(this.#isEnd, this.#isEnd.length * 2);
    }
    this.#nodeDepth[child] = this.#nodeDepth[node] + 1;
    const key = this.slots.first[slot];
    const keyBytes = this.keys.starts[key] - this.keys.starts[key - 1];
    // Quotes, a comma, and the type letter.
    this.#nodeText[child] = Math.min(this.#nodeText[node] + keyBytes + 1, 0xffff_ffff);
    if (child < MAX_STEPS) {
      const type = this.slots.second[slot];
      this.#steps.push(
        new AttributeStep(
          child,
          slot,
          key,
          type,
          keyBytes - 4,
          this.#texts[slot],
          this.#pending[slot],
          this.#numbers[slot],
        ),
      );
    }
    return child;
  }

  #growKeys(): void {
    this.#keyRow = grownIntegers(this.#keyRow, this.#keyRow.length * 2);
  }

  #growList(): void {
    const capacity = grownCapacity(this.listLength, this.listLength + 1);
    this.listRows = grownWords(this.listRows, capacity);
    this.listSlots = grownWords(this.listSlots, capacity);
    this.listValues = grownWords(this.listValues, capacity);
  }
}

function doubledWords(array: Uint32Array): Uint32Array {
  return grownWords(array, array.length * 2);
}
