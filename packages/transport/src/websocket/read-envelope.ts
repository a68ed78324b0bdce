import { FieldReader, type Outcome, readString, readVarint, WireFormatError, WireType } from '@otelier/otlp';
import { peerCount, peerText, peerWait } from '../client/http-outcome.ts';
import {
  type ClientMessage,
  EnvelopeError,
  type ExportMessage,
  FIELDS,
  type Hello,
  MAX_HEADERS,
  MAX_IDS,
  OUTCOME_KINDS,
  type ServerMessage,
} from './envelope.ts';

/** Decodes a client message. Throws `EnvelopeError`. */
export function readClientMessage(bytes: Uint8Array): ClientMessage {
  return readMessage(bytes, FIELDS.client, (kind, fields) => {
    switch (kind) {
      case FIELDS.client.hello:
        return readHello(fields);
      case FIELDS.client.export:
        return readExport(fields);
      case FIELDS.client.subscribe:
        return {
          kind: 'subscribe',
          id: fields.id(FIELDS.subscribe.id),
          signal: fields.text(FIELDS.subscribe.signal),
          filter: fields.text(FIELDS.subscribe.filter),
        };
      case FIELDS.client.unsubscribe:
        return { kind: 'unsubscribe', id: fields.id(FIELDS.subscribe.id) };
      default:
        return undefined;
    }
  });
}

/** Decodes a server message. Throws `EnvelopeError`. */
export function readServerMessage(bytes: Uint8Array): ServerMessage {
  return readMessage(bytes, FIELDS.server, (kind, fields) => {
    switch (kind) {
      case FIELDS.server.welcome:
        return {
          kind: 'welcome',
          maxBodyBytes: fields.number(FIELDS.welcome.maxBodyBytes),
          window: fields.number(FIELDS.welcome.window),
          heartbeatMillis: fields.number(FIELDS.welcome.heartbeatMillis),
          known: fields.ids(FIELDS.welcome.known),
        };
      case FIELDS.server.acknowledgment:
        return { kind: 'acknowledgment', id: fields.id(FIELDS.acknowledgment.id), outcome: readOutcome(fields) };
      case FIELDS.server.data:
        return {
          kind: 'data',
          id: fields.id(FIELDS.data.id),
          skippedItems: fields.number(FIELDS.data.skippedItems),
          body: fields.bytes(FIELDS.data.body),
        };
      default:
        return undefined;
    }
  });
}

function readHello(fields: Fields): Hello {
  const session = fields.text(FIELDS.hello.session);
  if (!/^[\w-]{16,64}$/.test(session)) {
    throw new EnvelopeError('hello.session: expected 16 to 64 letters, digits, - or _');
  }
  return { kind: 'hello', session, unacknowledged: fields.ids(FIELDS.hello.unacknowledged) };
}

function readExport(fields: Fields): ExportMessage {
  return {
    kind: 'export',
    id: fields.id(FIELDS.export.id),
    signal: fields.text(FIELDS.export.signal),
    encoding: fields.text(FIELDS.export.encoding) || 'protobuf',
    compression: fields.text(FIELDS.export.compression),
    headers: fields.headers(FIELDS.export.headers),
    body: fields.bytes(FIELDS.export.body),
  };
}

function readOutcome(fields: Fields): Outcome {
  const reason = peerText(fields.text(FIELDS.acknowledgment.reason));
  const kind = OUTCOME_KINDS[fields.number(FIELDS.acknowledgment.outcome)];
  switch (kind) {
    case 'accepted':
      return { kind };
    case 'partial':
      return { kind, rejectedItems: peerCount(fields.number(FIELDS.acknowledgment.rejectedItems)), reason };
    case 'retry':
      return { kind, afterMillis: peerWait(fields.optionalNumber(FIELDS.acknowledgment.afterMillis)), reason };
    case 'refused':
      return { kind, reason };
    default:
      throw new EnvelopeError('acknowledgment.outcome: expected 0 to 3');
  }
}

/** Decodes a message whose kind is determined by its only field. As in protobuf, the last of several fields wins. */
function readMessage<T>(
  bytes: Uint8Array,
  kinds: Readonly<Record<string, number>>,
  read: (kind: number, fields: Fields) => T | undefined,
): T {
  const known = Object.values(kinds);
  try {
    const outer = new FieldReader(bytes);
    let message: T | undefined;
    while (outer.next()) {
      if (outer.wireType !== WireType.lengthDelimited || !known.includes(outer.field)) continue;
      message = read(outer.field, new Fields(bytes, outer.valueStart, outer.valueEnd)) ?? message;
    }
    if (message === undefined) throw new EnvelopeError('expected a message of the envelope, got an unknown one');
    return message;
  } catch (error) {
    if (error instanceof WireFormatError) throw new EnvelopeError(error.message, { cause: error });
    throw error;
  }
}

/** The fields of a message, looked up by number. Messages have few fields, so a linear search is fast. */
class Fields {
  readonly #bytes: Uint8Array;
  readonly #found: Found[] = [];

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    const reader = new FieldReader(bytes, start, end);
    while (reader.next()) {
      const { field, wireType, valueStart, valueEnd } = reader;
      if (this.#found.length >= MAX_IDS + MAX_HEADERS) throw new EnvelopeError('expected fewer fields');
      this.#found.push({ field, wireType, start: valueStart, end: valueEnd });
    }
  }

  number(field: number): number {
    return this.optionalNumber(field) ?? 0;
  }

  optionalNumber(field: number): number | undefined {
    let value: number | undefined;
    for (const { start } of this.#all(field, WireType.varint)) value = readVarint(this.#bytes, start);
    return value;
  }

  id(field: number): number {
    return checkedId(this.number(field));
  }

  text(field: number): string {
    let value = '';
    for (const { start, end } of this.#all(field, WireType.lengthDelimited)) value = this.#string(start, end);
    return value;
  }

  bytes(field: number): Uint8Array {
    const found = this.#all(field, WireType.lengthDelimited).at(-1);
    return this.#bytes.subarray(found?.start ?? 0, found?.end ?? 0);
  }

  /** Decodes packed and unpacked values, both of which protobuf allows. */
  ids(field: number): readonly number[] {
    const ids: number[] = [];
    for (const found of this.#found) {
      if (found.field !== field) continue;
      let pos = found.start;
      while (pos < found.end) {
        if (ids.length >= MAX_IDS) throw new EnvelopeError(`expected at most ${MAX_IDS} ids`);
        ids.push(checkedId(readVarint(this.#bytes, pos)));
        while (pos < found.end && (this.#bytes[pos] ?? 0) > 127) pos++;
        pos++;
      }
      if (pos > found.end) throw new EnvelopeError('expected an id, got the end of the message');
    }
    return ids;
  }

  headers(field: number): Readonly<Record<string, string>> {
    const headers: [string, string][] = [];
    for (const found of this.#found) {
      if (found.field !== field || found.wireType !== WireType.lengthDelimited) continue;
      if (headers.length >= MAX_HEADERS) throw new EnvelopeError(`expected at most ${MAX_HEADERS} headers`);
      const entry = new Fields(this.#bytes, found.start, found.end);
      const name = entry.text(FIELDS.header.name).toLowerCase();
      if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name))
        throw new EnvelopeError('export.headers: expected an HTTP header name');
      headers.push([name, entry.text(FIELDS.header.value)]);
    }
    return headers.length === 0 ? NO_HEADERS : Object.fromEntries(headers);
  }

  /** Decodes UTF-8, as protobuf requires. A strict decoder validates suspicious input. */
  #string(start: number, end: number): string {
    const text = readString(this.#bytes, start, end);
    if (!text.includes('\ufffd')) return text;
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#bytes.subarray(start, end));
    } catch (error) {
      throw new EnvelopeError('expected text in UTF-8', { cause: error });
    }
  }

  /**
   * Returns the last value. Earlier values must also be valid, because other decoders would reject the message
   * otherwise.
   */
  #all(field: number, wireType: number): readonly Found[] {
    return this.#found.filter((found) => found.field === field && found.wireType === wireType);
  }
}

interface Found {
  readonly field: number;
  readonly wireType: number;
  readonly start: number;
  readonly end: number;
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

function checkedId(id: number): number {
  if (id < 1 || id > Number.MAX_SAFE_INTEGER) throw new EnvelopeError('id: expected 1 to 2^53 - 1');
  return id;
}
