import { decompress } from '@otelier/transport/compression';
import { MessagePackError, MessagePackReader } from '../../fluent/message-pack-reader.ts';
import { Entry } from '../../operators/entry/entry.ts';
import type { Value, ValueMap } from '../../ottl/values/value.ts';

/** A message of the forward protocol, whose entries are decoded while they are iterated. */
export interface ForwardMessage {
  readonly entries: Iterable<Entry>;
  /** Returns the ID by which the sender expects an acknowledgment, after all entries have been read. */
  chunk(): string | undefined;
}

/** Options for `openMessage`. */
export interface MessageOptions {
  /** Maximum size of decompressed entries. */
  readonly maxBytes: number;
  readonly observedNanos: bigint;
  readonly tagAttribute: string;
}

type Options = ReadonlyMap<string, Value>;

/**
 * Opens a message in any of the modes Message, Forward, PackedForward and CompressedPackedForward, which differ in their
 * second element. Throws a `MessagePackError` for any other, and for a signal that Fluent Bit has beside logs.
 */
export async function openMessage(bytes: Uint8Array, options: MessageOptions): Promise<ForwardMessage> {
  const reader = new MessagePackReader(bytes);
  // Fluentd sends nil as a heartbeat.
  if (reader.peek() === 'nil') return EMPTY;
  const size = reader.array('message');
  const tag = reader.text('tag');
  switch (reader.peek()) {
    case 'array':
      checkSize(size, 2);
      return forward(reader, size, tag, options);
    case 'text':
    case 'binary':
      checkSize(size, 2);
      return packedForward(reader, size, tag, options);
    default:
      checkSize(size, 3);
      return single(reader, size, tag, options);
  }
}

const EMPTY: ForwardMessage = { entries: [], chunk: () => undefined };

function checkSize(size: number, expected: number): void {
  if (size < expected || size > expected + 1)
    throw new MessagePackError(`message: expected ${expected} or ${expected + 1} elements, got ${size}`);
}

function single(reader: MessagePackReader, size: number, tag: string, options: MessageOptions): ForwardMessage {
  let read: Options | undefined;
  function* entries() {
    const entry = new Entry(undefined, options.observedNanos);
    entry.attributes = new Map([[options.tagAttribute, tag]]);
    readRecord(reader, entry, options.tagAttribute);
    if (size === 4) read = readOptions(reader);
    yield entry;
  }
  return { entries: entries(), chunk: () => chunkOf(read) };
}

function forward(reader: MessagePackReader, size: number, tag: string, options: MessageOptions): ForwardMessage {
  let read: Options | undefined;
  function* entries() {
    for (let left = reader.array('entries'); left > 0; left--) yield readEntry(reader, tag, options);
    if (size === 3) read = readOptions(reader);
  }
  return { entries: entries(), chunk: () => chunkOf(read) };
}

async function packedForward(
  reader: MessagePackReader,
  size: number,
  tag: string,
  options: MessageOptions,
): Promise<ForwardMessage> {
  const data = reader.data('entries');
  const read = size === 3 ? readOptions(reader) : undefined;
  const isCompressed = read?.get('compressed') === 'gzip';
  const inner = new MessagePackReader(isCompressed ? await gunzip(data, options.maxBytes) : data);
  function* entries() {
    while (!inner.isAtEnd) yield readEntry(inner, tag, options);
  }
  return { entries: entries(), chunk: () => chunkOf(read) };
}

async function gunzip(data: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const result = await decompress('gzip', data, { maxBytes });
  switch (result.kind) {
    case 'ok':
      return result.body;
    case 'malformed':
      throw new MessagePackError(`entries: expected gzip, got ${result.reason}`);
    default:
      throw new MessagePackError(`entries: expected at most ${maxBytes} bytes after decompression, got more`);
  }
}

function readEntry(reader: MessagePackReader, tag: string, { observedNanos, tagAttribute }: MessageOptions): Entry {
  const size = reader.array('entry');
  if (size !== 2) throw new MessagePackError(`entry: expected 2 elements, got ${size}`);
  const entry = new Entry(undefined, observedNanos);
  entry.attributes = new Map();
  readRecord(reader, entry, tagAttribute);
  entry.attributes.set(tagAttribute, tag);
  return entry;
}

/** Reads time and record. `message`, which Fluentd uses, or `log`, which Fluent Bit uses, becomes the body. */
function readRecord(reader: MessagePackReader, entry: Entry, tagAttribute: string): void {
  const attributes: ValueMap = entry.attributes ?? new Map();
  const metadata: ValueMap = new Map();
  // 0 is no time in OTLP.
  entry.timeNanos = BigInt.asUintN(64, reader.time(metadata)) || undefined;
  for (let left = reader.map('record'); left > 0; left--) {
    const key = reader.text('key');
    const value = reader.value();
    if (key === 'message' || key === 'log') entry.body = value;
    else attributes.set(key, value);
  }
  if (metadata.size > 0) attributes.set(tagAttribute.replace(/tag$/, 'metadata'), metadata);
}

function readOptions(reader: MessagePackReader): Options {
  const options: ValueMap = new Map();
  for (let left = reader.map('options'); left > 0; left--) options.set(reader.text('option'), reader.value());
  const signal = options.get('fluent_signal');
  if (typeof signal === 'bigint' && signal !== 0n)
    throw new MessagePackError(`fluent_signal: expected 0 for logs, got ${signal}`);
  return options;
}

function chunkOf(options: Options | undefined): string | undefined {
  const chunk = options?.get('chunk');
  return typeof chunk === 'string' && chunk !== '' ? chunk : undefined;
}
