import {
  ANY_VALUE_FIELDS,
  anyValueKind,
  findField,
  forEachPayload,
  LOG_RECORD_FIELDS,
  payloadEnd,
  payloadStart,
  SIGNALS,
  Splices,
  TrustedReader,
  WireWriter,
} from '@otelier/otlp';

/** The result of unrolling the log records in a request. */
interface Unrolled {
  /** The same array if no record has a list body. */
  readonly bytes: Uint8Array;
  /** Number of records added, minus the number of records removed. */
  readonly added: number;
  /** Number of records that were removed because their list was empty. */
  readonly emptied: number;
}

/** Replaces each log record whose body is a list with one record per element, in the same position. */
export function unrollRecords(request: Uint8Array, recursive: boolean): Unrolled {
  const unrolling = new Unrolling(request, recursive);
  unrolling.walk(PATH, 0, request.length);
  return unrolling.finish();
}

const { resourceField, scopeField, itemField } = SIGNALS.logs;
const PATH = [resourceField, scopeField, itemField] as const;
const BODY = LOG_RECORD_FIELDS.body;
const writer = new WireWriter(1024);

class Unrolling {
  readonly #request: Uint8Array;
  readonly #recursive: boolean;
  readonly #splices = new Splices();
  #added = 0;
  #emptied = 0;

  constructor(request: Uint8Array, recursive: boolean) {
    this.#request = request;
    this.#recursive = recursive;
  }

  /** Visits the messages at a path of fields in `[start, end)`, the last of which are records. */
  walk([field, ...below]: readonly number[], start: number, end: number): void {
    const reader = new TrustedReader(this.#request, start, end);
    while (reader.next()) {
      if (reader.field !== field) continue;
      if (below.length === 0) {
        this.#unroll(reader);
        continue;
      }
      this.#splices.open(reader.lengthStart);
      this.walk(below, reader.valueStart, reader.end);
      this.#splices.close(reader.valueStart, reader.end);
    }
  }

  finish(): Unrolled {
    const bytes = this.#splices.isEmpty ? this.#request : this.#splices.apply(this.#request);
    return { bytes, added: this.#added, emptied: this.#emptied };
  }

  #unroll({ start, valueStart, end }: TrustedReader): void {
    const bytes = this.#request;
    const body = findField(bytes, valueStart, end, BODY);
    if (body < 0) return;
    const from = payloadStart(bytes, body);
    const to = payloadEnd(bytes, body);
    if (anyValueKind(bytes, from, to) !== 'array') return;
    const count = this.#writeElements(valueStart, end, from, to);
    this.#splices.replace(start, end, writer.finish());
    this.#added += count - 1;
    if (count === 0) this.#emptied++;
  }

  /**
   * Writes a copy of the record `[start, end)` for each element in the list `[from, to)`, and returns the number of
   * copies.
   */
  #writeElements(start: number, end: number, from: number, to: number): number {
    const bytes = this.#request;
    const list = findField(bytes, from, to, ANY_VALUE_FIELDS.array);
    let count = 0;
    forEachPayload(bytes, payloadStart(bytes, list), payloadEnd(bytes, list), 1, (elementStart, elementEnd) => {
      if (this.#recursive && anyValueKind(bytes, elementStart, elementEnd) === 'array') {
        count += this.#writeElements(start, end, elementStart, elementEnd);
        return;
      }
      count++;
      writer.open(itemField);
      const reader = new TrustedReader(bytes, start, end);
      while (reader.next()) {
        if (reader.field === BODY) writer.bytesField(BODY, bytes, elementStart, elementEnd);
        else writer.raw(bytes, reader.start, reader.end);
      }
      writer.close();
    });
    return count;
  }
}
