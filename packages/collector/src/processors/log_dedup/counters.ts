import {
  AttributeEditor,
  type BatchContext,
  EncodedAttribute,
  encodeKey,
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  payloadEnd,
  payloadStart,
  readVarintHigh,
  readVarintLow,
  replaceField,
  SCOPE_FIELDS,
  SIGNALS,
  Splices,
  WireWriter,
} from '@otelier/otlp';
import { CanonicalKey } from '../../component/state/canonical-key.ts';
import { fixed64Field } from '../../ottl/record/encode.ts';
import { formatTimeRfc3339 } from '../../ottl/values/time.ts';
import { Time } from '../../ottl/values/value.ts';
import type { LogDedupConfig } from './config.ts';
import { addIncluded, excludedFields, IncludedField, removeFields } from './fields.ts';

/** An encoded request and its number of log records. */
export interface Piece {
  readonly part: Uint8Array;
  readonly itemCount: number;
}

interface Counter {
  readonly record: Uint8Array;
  readonly firstMillis: number;
  lastMillis: number;
  count: number;
}

interface Scope {
  readonly scope: Uint8Array;
  readonly counters: Map<string, Counter>;
}

interface Resource {
  readonly resource: Uint8Array;
  readonly scopes: Map<string, Scope>;
}

/** Counts identical log records that share a tenant and a combination of metadata. */
export class Counters {
  readonly context: BatchContext;
  /** Estimated memory usage of the counters. */
  bytes = 0;
  readonly #identity: RecordIdentity;
  readonly #resources = new Map<string, Resource>();

  constructor(context: BatchContext, identity: RecordIdentity) {
    this.context = context;
    this.#identity = identity;
  }

  /** Counts the record at the cursor. */
  add(cursor: ItemCursor, nowMillis: number): void {
    const { counters } = this.#scopeOf(cursor);
    const key = this.#identity.ofRecord(cursor);
    const counter = counters.get(key);
    if (counter === undefined) {
      const record = removeFields(cursor.bytes.slice(cursor.start, cursor.end), this.#identity.excluded);
      counters.set(key, { record, firstMillis: nowMillis, lastMillis: nowMillis, count: 1 });
      this.bytes += record.length + key.length + COUNTER_BYTES;
    } else {
      counter.lastMillis = nowMillis;
      counter.count += 1;
    }
  }

  /** Encodes one record per counter, in requests of about `maxBytes`. */
  encode(config: LogDedupConfig, nowMillis: number, maxBytes: number): Piece[] {
    const writer = new RecordWriter(config, nowMillis);
    const pieces: Piece[] = [];
    for (const { resource, scopes } of this.#resources.values()) {
      for (const { scope, counters } of scopes.values()) {
        const rest = counters.values();
        for (let next = rest.next(); next.done !== true; ) {
          const piece = { part: new Uint8Array(), itemCount: 0 };
          const out = new WireWriter(4096);
          out.open(SIGNALS.logs.resourceField);
          out.bytesField(OWNER_FIELD, resource);
          out.open(SIGNALS.logs.scopeField);
          out.bytesField(OWNER_FIELD, scope);
          while (next.done !== true && out.length < maxBytes) {
            out.bytesField(SIGNALS.logs.itemField, writer.encode(next.value));
            piece.itemCount += 1;
            next = rest.next();
          }
          out.close();
          out.close();
          piece.part = out.finish();
          pieces.push(piece);
        }
      }
    }
    return pieces;
  }

  #scopeOf(cursor: ItemCursor): Scope {
    const { bytes, resourceStart, resourceEnd, scopeStart, scopeEnd } = cursor;
    const resourceKey = this.#identity.ofResource(cursor);
    let resource = this.#resources.get(resourceKey);
    if (resource === undefined) {
      resource = { resource: bytes.slice(resourceStart, resourceEnd), scopes: new Map() };
      this.#resources.set(resourceKey, resource);
      this.bytes += resource.resource.length + resourceKey.length + COUNTER_BYTES;
    }
    const scopeKey = this.#identity.ofScope(cursor);
    let scope = resource.scopes.get(scopeKey);
    if (scope === undefined) {
      scope = { scope: bytes.slice(scopeStart, scopeEnd), counters: new Map() };
      resource.scopes.set(scopeKey, scope);
      this.bytes += scope.scope.length + scopeKey.length + COUNTER_BYTES;
    }
    return scope;
  }
}

/** Memory used by a counter in addition to its record and key: objects and the map entry. */
const COUNTER_BYTES = 256;
/** The field of a group that contains its resource or scope. */
const OWNER_FIELD = 1;

/** Computes keys that identify resources, scopes and log records. The keys of the last resource and scope are cached. */
export class RecordIdentity {
  readonly excluded: ReturnType<typeof excludedFields>;
  readonly #included: readonly IncludedField[];
  readonly #key = new CanonicalKey();
  #resource: LastKey = NO_KEY;
  #scope: LastKey = NO_KEY;

  constructor({ excludeFields, includeFields }: LogDedupConfig) {
    this.excluded = excludedFields(excludeFields);
    this.#included = includeFields.map((path) => new IncludedField(path));
  }

  /** Clears the last resource and scope so that their request is not retained. */
  reset(): void {
    this.#resource = NO_KEY;
    this.#scope = NO_KEY;
  }

  ofResource({ bytes, resourceGroupStart, resourceStart, resourceEnd }: ItemCursor): string {
    const last = this.#resource;
    if (last.bytes === bytes && last.start === resourceGroupStart) return last.key;
    const key = this.#key.attributes(bytes, resourceStart, resourceEnd, RESOURCE_ATTRIBUTES).finish();
    this.#resource = { bytes, start: resourceGroupStart, key };
    return key;
  }

  ofScope({ bytes, scopeGroupStart, scopeStart, scopeEnd }: ItemCursor): string {
    const last = this.#scope;
    if (last.bytes === bytes && last.start === scopeGroupStart) return last.key;
    this.#key.attributes(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.attributes);
    this.#addText(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.name);
    this.#addText(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.version);
    const key = this.#key.finish();
    this.#scope = { bytes, start: scopeGroupStart, key };
    return key;
  }

  ofRecord({ bytes, start, end }: ItemCursor): string {
    const key = this.#key;
    if (this.#included.length > 0 && addIncluded(key.number(1), this.#included, bytes, start, end) > 0)
      return key.finish();
    const { body, attributes } = this.excluded;
    key.number(0);
    if (attributes !== 'all') key.attributes(bytes, start, end, LOG_RECORD_FIELDS.attributes, attributes);
    const value = findField(bytes, start, end, LOG_RECORD_FIELDS.body);
    if (value < 0) key.value(bytes, end, end);
    else key.value(bytes, payloadStart(bytes, value), payloadEnd(bytes, value), body);
    key.number(severityOf(bytes, start, end));
    this.#addText(bytes, start, end, LOG_RECORD_FIELDS.severityText);
    return key.finish();
  }

  #addText(bytes: Uint8Array, start: number, end: number, field: number): void {
    const value = findField(bytes, start, end, field);
    if (value < 0) this.#key.text(EMPTY);
    else this.#key.text(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
  }
}

/** The key of the resource or scope whose group starts at `start`. */
interface LastKey {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly key: string;
}

const EMPTY = new Uint8Array();
const NO_KEY: LastKey = { bytes: EMPTY, start: -1, key: '' };
const RESOURCE_ATTRIBUTES = 1;
const MAX_SEVERITY = 24;

/** Returns the severity number. As in the Collector, all undefined numbers are equal. */
function severityOf(bytes: Uint8Array, start: number, end: number): number {
  const at = findField(bytes, start, end, LOG_RECORD_FIELDS.severityNumber);
  if (at < 0) return 0;
  const low = readVarintLow(bytes, at);
  return readVarintHigh(bytes, at) === 0 && low <= MAX_SEVERITY ? low : MAX_SEVERITY + 1;
}

/** Encodes a counter's record with its count and times. */
class RecordWriter {
  readonly #config: LogDedupConfig;
  readonly #now: Uint8Array;
  readonly #countKey: Uint8Array;
  readonly #editor = new AttributeEditor();
  readonly #splices = new Splices();
  /** Formatted times by second, cached because formatting a time takes longer than encoding a record. */
  readonly #times = new Map<number, string>();

  constructor(config: LogDedupConfig, nowMillis: number) {
    this.#config = config;
    this.#now = fixed64Field(LOG_RECORD_FIELDS.timeUnixNano, nanosOf(nowMillis));
    this.#countKey = encodeKey(config.logCountAttribute);
  }

  encode({ record, count, firstMillis, lastMillis }: Counter): Uint8Array {
    const { timeUnixNano, observedTimeUnixNano, attributes } = LOG_RECORD_FIELDS;
    const splices = this.#splices;
    const end = record.length;
    splices.clear();
    if (this.#config.timestampMode === 'observed') replaceField(splices, record, 0, end, timeUnixNano, this.#now);
    const observed = fixed64Field(observedTimeUnixNano, nanosOf(firstMillis));
    replaceField(splices, record, 0, end, observedTimeUnixNano, observed);
    const editor = this.#editor.reset(record, 0, end, attributes);
    editor.set(EncodedAttribute.ofKey(this.#countKey, count));
    editor.set(EncodedAttribute.ofKey(FIRST_KEY, this.#text(firstMillis)));
    editor.set(EncodedAttribute.ofKey(LAST_KEY, this.#text(lastMillis)));
    editor.record(splices);
    return splices.apply(record);
  }

  #text(millis: number): string {
    const second = Math.floor(millis / 1000);
    let text = this.#times.get(second);
    if (text === undefined) {
      text = formatTimeRfc3339(new Time(BigInt(second) * 1_000_000_000n, this.#config.timezone));
      this.#times.set(second, text);
    }
    return text;
  }
}

const FIRST_KEY = encodeKey('first_observed_timestamp');
const LAST_KEY = encodeKey('last_observed_timestamp');

function nanosOf(millis: number): bigint {
  return BigInt(Math.round(millis * 1000)) * 1000n;
}
