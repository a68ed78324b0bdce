import {
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  LOG_RECORD_FIELDS,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  readAnyValue,
  readFixed64Number,
  type Signal,
  SPAN_FIELDS,
} from '@otelier/otlp';

/** What is remembered of a dropped item. */
export interface DroppedItem {
  /** Name of a span, or the beginning of a log record's text. */
  readonly name: string;
  readonly service: string;
  /** Time of the item, in milliseconds since the Unix epoch; 0 if it has none. */
  readonly timeMillis: number;
}

/** Where an item and its resource are, which are read only if they are remembered. */
export interface ItemPlace {
  bytes: Uint8Array;
  start: number;
  end: number;
  resourceStart: number;
  resourceEnd: number;
}

const NAME_BYTES = 56;
const SERVICE_BYTES = 30;
/** Size of a note: the lengths of both texts, and the texts. */
const NOTE_BYTES = 2 + NAME_BYTES + SERVICE_BYTES;

const SERVICE = encodeKey('service.name');
const STRING_VALUE = 1;

/** Fields that describe an item, by signal. Attributes are not among them, because they can contain secrets. */
const FIELDS: Partial<Readonly<Record<Signal, NotedFields>>> = {
  traces: { times: [SPAN_FIELDS.startTimeUnixNano], name: SPAN_FIELDS.name, isAnyValue: false },
  logs: {
    times: [LOG_RECORD_FIELDS.timeUnixNano, LOG_RECORD_FIELDS.observedTimeUnixNano],
    name: LOG_RECORD_FIELDS.body,
    isAnyValue: true,
  },
};

interface NotedFields {
  /** The first one that is set is the time of the item. */
  readonly times: readonly number[];
  readonly name: number;
  /** Whether the name is an `AnyValue`, of which only texts are noted. */
  readonly isAnyValue: boolean;
}

/** Notes about the last dropped items, in memory of a fixed size. */
export class ItemNotes {
  readonly #texts: Uint8Array;
  readonly #times: Float64Array;

  constructor(capacity: number) {
    this.#texts = new Uint8Array(capacity * NOTE_BYTES);
    this.#times = new Float64Array(capacity);
  }

  /** Takes a note about an item. Without a place, there is nothing to note. */
  set(index: number, signal: Signal | undefined, place: ItemPlace | undefined): void {
    const at = index * NOTE_BYTES;
    this.#texts.fill(0, at, at + 2);
    this.#times[index] = 0;
    const fields = signal && FIELDS[signal];
    if (fields === undefined || place === undefined) return;
    const { bytes, start, end } = place;
    for (const field of fields.times) {
      const value = findField(bytes, start, end, field);
      this.#times[index] ||= value < 0 ? 0 : readFixed64Number(bytes, value) / 1e6;
    }
    let name = findField(bytes, start, end, fields.name);
    if (name >= 0 && fields.isAnyValue)
      name = findField(bytes, payloadStart(bytes, name), payloadEnd(bytes, name), STRING_VALUE);
    if (name >= 0) this.#texts[at] = this.#copy(bytes, name, at + 2, NAME_BYTES);
    this.#texts[at + 1] = this.#service(place, at + 2 + NAME_BYTES);
  }

  /** Returns the note about an item; `undefined` if there is none. */
  get(index: number): DroppedItem | undefined {
    const at = index * NOTE_BYTES;
    const [nameLength = 0, serviceLength = 0] = this.#texts.subarray(at, at + 2);
    const timeMillis = this.#times[index] ?? 0;
    if (nameLength === 0 && serviceLength === 0 && timeMillis === 0) return undefined;
    const name = this.#text(at + 2, nameLength, NAME_BYTES);
    return { name, service: this.#text(at + 2 + NAME_BYTES, serviceLength, SERVICE_BYTES), timeMillis };
  }

  #service({ bytes, resourceStart, resourceEnd }: ItemPlace, at: number): number {
    if (!findAttribute(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes, SERVICE, found)) return 0;
    const value = readAnyValue(bytes, found.valueStart, found.valueEnd);
    if (typeof value !== 'string') return 0;
    return encoder.encodeInto(value, this.#texts.subarray(at, at + SERVICE_BYTES)).written;
  }

  /** Copies the beginning of a text, and returns its length. */
  #copy(bytes: Uint8Array, value: number, at: number, maxBytes: number): number {
    const from = payloadStart(bytes, value);
    const length = Math.min(maxBytes, payloadEnd(bytes, value) - from);
    this.#texts.set(bytes.subarray(from, from + length), at);
    return length;
  }

  #text(at: number, length: number, maxBytes: number): string {
    const text = decoder.decode(this.#texts.subarray(at, at + length));
    // The last character can be cut.
    return length < maxBytes ? text : `${text.replace(/\uFFFD$/, '')}…`;
  }
}

const found = new FoundAttribute();
const encoder = new TextEncoder();
const decoder = new TextDecoder();
