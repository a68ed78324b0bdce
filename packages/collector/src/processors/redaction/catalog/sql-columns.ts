const INSERT = Buffer.from('insert');
const QUOTE = 0x27;
const OPEN = 0x28;
const CLOSE = 0x29;
const COMMA = 0x2c;
const MAX_COLUMNS = 256;

/** A range of bytes. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** The columns of `INSERT INTO t (a, b) VALUES (1, 2), (3, 4)`, whose names are far before their values. */
export class SqlColumns {
  #bytes: Uint8Array = new Uint8Array();
  #columns: ByteSpan[] = [];
  #listEnd = 0;
  /** Where the statement was read to, which column the values there belong to, and whether a text is open. */
  #at = 0;
  #column = -1;
  #isQuoted = false;

  /** Whether the text is such a statement. */
  get isInsert(): boolean {
    return this.#columns.length > 0;
  }

  /** Starts with the text `[start, end)`. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    if (this.#columns.length > 0) this.#columns = [];
    if (end - start < 20 || (bytes[start] | 0x20) !== INSERT[0]) return;
    for (let i = 0; i < INSERT.length; i++) if ((bytes[start + i] | 0x20) !== INSERT[i]) return;
    const listStart = bytes.indexOf(OPEN, start);
    const listEnd = bytes.indexOf(CLOSE, start);
    if (listStart < 0 || listEnd < listStart || listEnd > end) return;
    this.#bytes = bytes;
    let from = listStart + 1;
    for (let pos = from; pos <= listEnd && this.#columns.length < MAX_COLUMNS; pos++) {
      if (bytes[pos] !== COMMA && pos !== listEnd) continue;
      this.#columns.push({ start: from, end: pos });
      from = pos + 1;
    }
    this.#listEnd = listEnd;
    this.#rewind();
  }

  /** Returns the name of the column whose value is at `pos`. */
  columnAt(pos: number): ByteSpan | undefined {
    if (this.#columns.length === 0 || pos <= this.#listEnd) return undefined;
    if (pos < this.#at) this.#rewind();
    const bytes = this.#bytes;
    for (; this.#at < pos; this.#at++) {
      const byte = bytes[this.#at];
      if (byte === QUOTE) this.#isQuoted = !this.#isQuoted;
      else if (this.#isQuoted) continue;
      else if (byte === OPEN) this.#column = 0;
      else if (byte === COMMA && this.#column >= 0) this.#column++;
      else if (byte === CLOSE) this.#column = -1;
    }
    return this.#columns[this.#column];
  }

  /** Reports whether the quotation mark at `pos` opens a text. */
  opensAt(pos: number): boolean {
    return this.columnAt(pos) !== undefined && !this.#isQuoted;
  }

  #rewind(): void {
    this.#at = this.#listEnd + 1;
    this.#column = -1;
    this.#isQuoted = false;
  }
}
