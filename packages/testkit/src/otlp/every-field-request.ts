import { Buffer } from 'node:buffer';
import {
  type FieldDescriptor,
  MESSAGES,
  type MessageDescriptor,
  REQUEST_MESSAGES,
  type ScalarField,
} from '@otelier/otlp';
import type { RequestJson } from '../request-codec.ts';
import { createRandom, type Random } from './random.ts';

/** Options for `everyFieldRequest`. */
export interface EveryFieldOptions {
  /**
   * Whether to use `key_strindex` and `string_value_strindex`, which refer to the profiles dictionary and have no
   * meaning in other signals. Defaults to false.
   */
  readonly stringIndexes?: boolean;
}

/**
 * Generates a request that uses every field of every message of its signal, every type of `AnyValue` (including nested
 * ones) and every kind of metric data and number. No value is the default of its type. The same seed returns the same
 * request. Timestamps are within a single day and histograms are consistent, so stores and queries can use it.
 */
export function everyFieldRequest<S extends keyof RequestJson>(
  signal: S,
  seed: number,
  { stringIndexes = false }: EveryFieldOptions = {},
): RequestJson[S] {
  const message = REQUEST_MESSAGES[signal];
  if (message === undefined) throw new Error(`no descriptors of ${signal}`);
  return new Generator(createRandom(seed), stringIndexes).message(message, new Map(), 0) as RequestJson[S];
}

type Fields = Record<string, unknown>;

/** Number of levels at which lists and key-value lists contain further values. */
const NESTED_VALUES = 2;

class Generator {
  readonly #random: Random;
  readonly #stringIndexes: boolean;

  constructor(random: Random, stringIndexes: boolean) {
    this.#random = random;
    this.#stringIndexes = stringIndexes;
  }

  /**
   * Generates a message. `choice` selects a field for each oneof by name; other oneofs are left empty. `depth` is the
   * nesting level.
   */
  message(message: MessageDescriptor, choice: ReadonlyMap<string, FieldDescriptor>, depth: number): Fields {
    const fields: Fields = {};
    for (const field of message.fields) {
      if (!this.#uses(field) || (field.oneof !== undefined && choice.get(field.oneof) !== field)) continue;
      fields[field.jsonName] = field.repeated ? this.#list(message, field, depth) : this.#value(field, depth);
    }
    return fields;
  }

  #uses(field: FieldDescriptor): boolean {
    return this.#stringIndexes || !field.name.endsWith('strindex');
  }

  /** Generates a list: for messages, one entry per field of their oneofs; otherwise three entries. */
  #list(message: MessageDescriptor, field: FieldDescriptor, depth: number): unknown[] {
    if (field.kind === 'message') {
      const entry = MESSAGES[field.message];
      return this.#choices(entry, depth).map((choice) => this.#entry(field.name, entry, choice, depth));
    }
    if (field.name === 'explicit_bounds') return this.#bounds();
    const isOneMore = message.name === 'HistogramDataPoint';
    return Array.from({ length: isOneMore ? 4 : 3 }, () => this.#scalar(field));
  }

  /** Returns the oneof choice for each list entry, for its own oneof or that of its value. */
  #choices(entry: MessageDescriptor, depth: number): readonly (FieldDescriptor | undefined)[] {
    const chooser = entry.name === 'KeyValue' ? MESSAGES.AnyValue : entry;
    const members = chooser.fields.filter((field) => field.oneof !== undefined && this.#uses(field));
    if (members.length === 0) return [undefined, undefined];
    return chooser !== MESSAGES.AnyValue || depth < NESTED_VALUES
      ? members
      : members.filter((field) => field.kind !== 'message');
  }

  #entry(listName: string, entry: MessageDescriptor, choice: FieldDescriptor | undefined, depth: number): Fields {
    if (entry.name === 'KeyValue') {
      const keyed: Fields = {
        key: `${listName}.${choice?.name}.${this.#random(1000)}`,
        value: this.#anyValue(choice, depth),
      };
      if (this.#stringIndexes) keyed['keyStrindex'] = 1 + this.#random(1000);
      return keyed;
    }
    const oneof = choice?.oneof;
    return this.message(
      entry,
      new Map(choice && oneof ? [[oneof, choice]] : []),
      entry === MESSAGES.AnyValue ? depth + 1 : depth,
    );
  }

  #anyValue(choice: FieldDescriptor | undefined, depth: number): Fields {
    return choice === undefined ? {} : this.message(MESSAGES.AnyValue, new Map([['value', choice]]), depth + 1);
  }

  #value(field: FieldDescriptor, depth: number): unknown {
    if (field.kind !== 'message') return this.#scalar(field);
    // A single value, such as a log body, is a key-value list, which contains the other types.
    if (field.message === 'AnyValue') return this.#anyValue(MESSAGES.AnyValue.byNumber.get(6), depth);
    return this.message(MESSAGES[field.message], new Map(), depth);
  }

  #bounds(): number[] {
    const first = this.#random(100);
    return [first + 0.5, first + 10.25, first + 1000];
  }

  #scalar(field: ScalarField): unknown {
    const random = this.#random;
    switch (field.kind) {
      case 'string':
        return `${field.name} ${random(1000)} ${SAMPLES[random(SAMPLES.length)]}`;
      case 'bytes':
        return this.#bytes(field.idBytes);
      case 'bool':
        return true;
      case 'double':
        return (random(2_000_000) - 1_000_000.5) / 64;
      case 'enum':
        return 1 + random(2);
      case 'fixed64':
        return field.name.endsWith('time_unix_nano') ? this.#time() : this.#count().toString();
      case 'uint64':
        return this.#count().toString();
      case 'int64':
      case 'sfixed64':
        return (this.#count() * (random(2) === 0 ? 1n : -1n) * 1_000_003n).toString();
      case 'sint32':
        return random(2) === 0 ? -1 - random(1000) : 1 + random(1000);
      default:
        return 1 + random(0x7fff_ffff);
    }
  }

  #bytes(idBytes: number | undefined): string {
    const bytes = Uint8Array.from({ length: idBytes ?? 1 + this.#random(40) }, () => 1 + this.#random(255));
    return Buffer.from(bytes).toString(idBytes === undefined ? 'base64' : 'hex');
  }

  #time(): string {
    return (DAY_NANOS + BigInt(this.#random(86_400_000)) * 1_000_000n + BigInt(this.#random(1_000_000))).toString();
  }

  /** Returns a count up to 2^41. */
  #count(): bigint {
    return 1n + BigInt(this.#random(0x1_0000)) * 0x200_0000n + BigInt(this.#random(0x200_0000));
  }
}

/** The first nanosecond of 24 November 2025. */
const DAY_NANOS = 1_763_942_400_000_000_000n;

/** Strings that have caused bugs before. */
const SAMPLES = ['plain', 'straße', '日本語', '"quoted" \\ \n\t', '🙂', "'; --", '\u0000nul', '%s {}'];
