import { TrustedReader, WireWriter } from '@otelier/otlp';
import { type RecordedPolicy, writeScope } from './recorded-policy.ts';

/** Size at which a request is complete. */
const REQUEST_BYTES = 1 << 20;

/** The messages that contain a span, as byte ranges. */
export interface SpanPlace {
  readonly resourceGroupStart: number;
  readonly resourceGroupEnd: number;
  readonly scopeGroupStart: number;
  readonly scopeGroupEnd: number;
}

/** Builds requests of sampled spans. Consecutive spans share the same resource and scope messages. */
export class Output {
  readonly #send: (request: Uint8Array, itemCount: number, tenant: number) => void;
  readonly #maxBytes: number;
  readonly #writer: WireWriter;
  #tenant = -1;
  #items = 0;
  /** The bytes that contain the open messages, and the offsets at which these start. */
  #bytes: Uint8Array | undefined;
  #resourceGroup = -1;
  #scopeGroup = -1;
  #recorded: RecordedPolicy | undefined;

  /** A request with at least `maxBytes` is complete. */
  constructor(
    send: (request: Uint8Array, itemCount: number, tenant: number) => void,
    maxBytes: number = REQUEST_BYTES,
  ) {
    this.#send = send;
    this.#maxBytes = maxBytes;
    this.#writer = new WireWriter(maxBytes === REQUEST_BYTES ? REQUEST_BYTES / 4 : 4096);
  }

  /** Adds the spans in `[start, end)` of the bytes, encoded as fields of their scope. */
  add(
    bytes: Uint8Array,
    place: SpanPlace,
    start: number,
    end: number,
    tenant: number,
    recorded: RecordedPolicy | undefined,
  ): void {
    if (tenant !== this.#tenant) this.flush();
    this.#tenant = tenant;
    this.#enter(bytes, place, recorded);
    this.#writer.raw(bytes, start, end);
  }

  /** Counts added spans, and sends them once there are enough for a request. */
  count(itemCount: number): void {
    this.#items += itemCount;
    if (this.#writer.length >= this.#maxBytes) this.flush();
  }

  /** Sends the added spans. */
  flush(): void {
    this.close();
    if (this.#items === 0) return;
    const items = this.#items;
    this.#items = 0;
    this.#send(this.#writer.finish(), items, this.#tenant);
  }

  /** Closes the open messages. Must be called before the memory of added spans is reused. */
  close(): void {
    if (this.#scopeGroup >= 0) this.#writer.close();
    if (this.#resourceGroup >= 0) this.#writer.close();
    this.#bytes = undefined;
    this.#resourceGroup = -1;
    this.#scopeGroup = -1;
  }

  #enter(bytes: Uint8Array, place: SpanPlace, recorded: RecordedPolicy | undefined): void {
    const writer = this.#writer;
    if (bytes !== this.#bytes || place.resourceGroupStart !== this.#resourceGroup) {
      this.close();
      writer.open(RESOURCE_FIELD);
      copyOwn(writer, bytes, place.resourceGroupStart, place.resourceGroupEnd, SCOPE_FIELD);
      this.#bytes = bytes;
      this.#resourceGroup = place.resourceGroupStart;
    } else if (place.scopeGroupStart === this.#scopeGroup && recorded === this.#recorded) {
      return;
    } else if (this.#scopeGroup >= 0) {
      writer.close();
    }
    writer.open(SCOPE_FIELD);
    if (recorded === undefined) copyOwn(writer, bytes, place.scopeGroupStart, place.scopeGroupEnd, SPAN_FIELD);
    else writeScope(writer, bytes, place.scopeGroupStart, place.scopeGroupEnd, recorded);
    this.#scopeGroup = place.scopeGroupStart;
    this.#recorded = recorded;
  }
}

/** Copies the fields of a message, except one. */
function copyOwn(writer: WireWriter, bytes: Uint8Array, start: number, end: number, except: number): void {
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) if (reader.field !== except) writer.raw(bytes, reader.start, reader.end);
}

/** Fields of `TracesData`, `ResourceSpans` and `ScopeSpans`. */
const RESOURCE_FIELD = 1;
const SCOPE_FIELD = 2;
const SPAN_FIELD = 2;
