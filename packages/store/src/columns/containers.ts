import { ByteWriter } from '../parquet/byte-writer.ts';
import type { BytesColumn, DeferredColumn, EmptyColumn } from '../parquet/column.ts';
import { Scratch } from '../parquet/scratch.ts';
import { HeldMessages } from './held-messages.ts';
import { fieldRanges, JsonWriter } from './json.ts';
import { ByteDictionary, isText } from './values/byte-dictionary.ts';
import { BytesBuilder } from './values/bytes-builder.ts';
import { assertEnd, forEachField, skip, varint, varintEnd } from './wire.ts';

const derivedRows = new Scratch();

/**
 * The messages that contain items (ResourceX, ScopeX, Metric), without their repeated item field, as dictionary-encoded
 * bytes. Query columns are derived once per distinct message.
 */
export class ContainerBuilder<Derived extends string> {
  readonly #blobs = new BytesBuilder(false);
  readonly #derive: (blob: Uint8Array) => Readonly<Record<Derived, Uint8Array | undefined>>;
  readonly #derived: Readonly<Record<Derived, { readonly dictionary: ByteDictionary; readonly refs: number[] }>>;
  readonly #scratch = new ByteWriter(256);
  readonly #held = new HeldMessages();

  constructor(
    names: readonly Derived[],
    derive: (blob: Uint8Array) => Readonly<Record<Derived, Uint8Array | undefined>>,
  ) {
    this.#derive = derive;
    this.#derived = Object.fromEntries(
      names.map((name) => [name, { dictionary: new ByteDictionary(true), refs: [0] }]),
    ) as never;
  }

  memory(rows: number): number {
    let size = this.#blobs.memory(rows);
    for (const { dictionary, refs } of Object.values<{ dictionary: ByteDictionary; refs: number[] }>(this.#derived)) {
      size += dictionary.byteSize + refs.length * 8;
    }
    return size;
  }

  /**
   * Finds the first messages in field `held` of `[from, to)`, which remain valid until the next `open`. The remaining
   * fields become the container's bytes, whose entry `take` returns.
   */
  open(source: Uint8Array, from: number, to: number, held: number): HeldMessages {
    const messages = this.#held;
    this.#scratch.clear();
    const heldTag = held * 8 + 2;
    messages.begin(source, heldTag, to, to);
    let at = from;
    while (at < to) {
      const start = at;
      const tag = varint(source, at);
      at = varintEnd(source, at);
      if (tag === heldTag) {
        const length = varint(source, at);
        at = varintEnd(source, at);
        messages.add(start, at, at + length);
        at += length;
      } else {
        at = skip(source, at, tag);
        this.#scratch.append(source.subarray(start, at));
      }
    }
    assertEnd(at, to);
    return messages;
  }

  /** Returns the dictionary entry of the container that `open` found. */
  take(): number {
    return this.entryOf(this.#scratch.view());
  }

  entryOf(blob: Uint8Array): number {
    const { dictionary } = this.#blobs;
    const entry = dictionary.internBytes(blob);
    for (const name in this.#derived) {
      // A dictionary that no longer deduplicates numbers equal blobs separately, so each one is derived separately.
      while (this.#derived[name].refs.length <= entry) this.#deriveNext(this.#derived[name].refs.length);
    }
    return entry;
  }

  /** Assigns an entry to the rows `from <= row < to`. */
  fill(from: number, to: number, entry: number): void {
    this.#blobs.fill(from, to, entry);
  }

  column(name: string, from: number, to: number): BytesColumn | EmptyColumn {
    return this.#blobs.column(name, 'bytes', from, to, true);
  }

  /** Returns a view of an entry's bytes. */
  blob(entry: number): Uint8Array {
    return this.#blobs.dictionary.entry(entry);
  }

  /** Returns the derived values per row. */
  derivedColumn(name: Derived, from: number, to: number): DeferredColumn<BytesColumn> {
    const { dictionary, refs } = this.#derived[name];
    const blobs = this.#blobs.range(from, to);
    return {
      kind: 'deferred',
      name,
      type: 'text',
      slice: (first, end) => {
        const rows = derivedRows.take(end - first);
        deriveRows(blobs, first, refs, rows);
        const whole = from === 0 && rows.length === blobs.length;
        return { kind: 'bytes', name, type: 'text', refs: rows, entries: dictionary, whole };
      },
    };
  }

  rollback(rows: number): void {
    this.#blobs.rollback(rows);
  }

  /** Frees the memory. The column must not be used afterwards. */
  free(): void {
    this.#blobs.free();
    for (const { dictionary } of Object.values<{ dictionary: ByteDictionary }>(this.#derived)) dictionary.free();
  }

  #deriveNext(entry: number): void {
    const values = this.#derive(this.#blobs.dictionary.entry(entry));
    for (const name in this.#derived) {
      const value = values[name];
      const { dictionary, refs } = this.#derived[name];
      if (value === undefined) refs.push(0);
      else
        refs.push(
          isText(value, 0, value.length)
            ? dictionary.internBytes(value)
            : dictionary.internReplaced(value, 0, value.length),
        );
    }
  }
}

/** Sets each row to the derived value of its blob. Rows of the same container are adjacent. */
function deriveRows(blobs: Uint32Array, first: number, refs: readonly number[], rows: Uint32Array): void {
  for (let row = 0; row < rows.length; ) {
    const blob = blobs[first + row];
    const start = row;
    while (row < rows.length && blobs[first + row] === blob) row++;
    rows.fill(refs[blob] as number, start, row);
  }
}

/** Creates a builder for resources, from which the service name and the attributes as JSON are derived. */
export function createResources(): ContainerBuilder<'service_name' | 'resource_attributes'> {
  return new ContainerBuilder(['service_name', 'resource_attributes'], (blob) => ({
    service_name: serviceName(blob),
    resource_attributes: attributesJson(blob),
  }));
}

/** Creates a builder for scopes, from which the name and version are derived. */
export function createScopes(): ContainerBuilder<'scope_name' | 'scope_version'> {
  return new ContainerBuilder(['scope_name', 'scope_version'], (blob) => ({
    scope_name: nested(blob, 1),
    scope_version: nested(blob, 2),
  }));
}

/** Returns the first string attribute `service.name` of the resource in field 1. */
export function serviceName(blob: Uint8Array): Uint8Array | undefined {
  const resource = fieldRanges(blob, 0, blob.length, 1);
  if (resource.length === 0) return undefined;
  let name: Uint8Array | undefined;
  let isFound = false;
  forEachField(blob, resource[0], resource[1], (field, wireType, from, to) => {
    if (isFound || field !== 1 || wireType !== 2) return;
    const [keyFrom, keyTo] = fieldRanges(blob, from, to, 1);
    if (keyFrom === undefined || Buffer.from(blob.subarray(keyFrom, keyTo)).toString('latin1') !== 'service.name')
      return;
    isFound = true;
    const [valueFrom, valueTo] = fieldRanges(blob, from, to, 2);
    if (valueFrom === undefined || valueTo === undefined) return;
    const [textFrom, textTo] = fieldRanges(blob, valueFrom, valueTo, 1);
    if (textFrom !== undefined) name = blob.subarray(textFrom, textTo);
  });
  return name;
}

function attributesJson(blob: Uint8Array): Uint8Array | undefined {
  const [from, to] = fieldRanges(blob, 0, blob.length, 1);
  if (from === undefined || to === undefined) return undefined;
  const json = new JsonWriter();
  json.object(blob, new DataView(blob.buffer, blob.byteOffset, blob.byteLength), from, to, 1);
  return json.take();
}

/** Returns a string field of the message in field 1. */
function nested(blob: Uint8Array, field: number): Uint8Array | undefined {
  const [from, to] = fieldRanges(blob, 0, blob.length, 1);
  if (from === undefined || to === undefined) return undefined;
  const [textFrom, textTo] = fieldRanges(blob, from, to, field);
  return textFrom === undefined ? undefined : blob.subarray(textFrom, textTo);
}
