import type { Link, SpanContext, SpanStatus, TimeInput } from '@opentelemetry/api';
import type { TagWriter } from '@otelier/otlp';
import { AttributeList, type Attributes, listOf, UNLIMITED } from '../attributes/attribute-list.ts';
import { type Anchor, type Instant, Timeline } from '../time.ts';
import { IdPool, PARENT_ID, putHex } from '../trace/ids.ts';
import { contextOf, SAMPLED } from '../trace/span.ts';
import { type EventRecord, type LinkRecord, type SpanRecord, wireFlags, writeSpan } from '../trace/span-record.ts';
import type { Item } from './item.ts';
import { itemRecorder } from './item-recorder.ts';

/** Creates a span: `client.record(span('GET /cart').kind('server').attribute('http.route', '/cart'))`. */
export function span(name: string): SpanItem {
  return new SpanItem(name);
}

/** The OTLP span kinds. */
export type SpanKindName = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A span built with method calls, which a client can send without an SDK. Its start and end times default to now. */
export class SpanItem implements Item {
  readonly signal = 'traces';
  readonly itemCount = 1;
  readonly recorder = itemRecorder;
  readonly #name: string;
  readonly #anchor: Anchor;
  readonly #attributes = new AttributeList();
  readonly #events: EventRecord[] = [];
  readonly #links: LinkRecord[] = [];
  readonly #idOffset = pool.take();
  readonly #ids = pool.view;
  #hasParent = false;
  #isRemote = false;
  #kind = 0;
  #start: Instant;
  #end: Instant | undefined;
  #status: SpanStatus = { code: 0 };

  constructor(name: string) {
    this.#name = name;
    this.#anchor = timeline.anchor();
    this.#start = timeline.at(undefined, this.#anchor);
  }

  /** The span context, for children, links and logs. */
  get context(): SpanContext {
    return contextOf(this.#ids, this.#idOffset, SAMPLED, undefined);
  }

  kind(kind: SpanKindName): this {
    this.#kind = KINDS.indexOf(kind);
    return this;
  }

  /** Sets the parent. */
  parent({ traceId, spanId, isRemote = false }: SpanContext): this {
    putHex(this.#ids, this.#idOffset, traceId, 16);
    putHex(this.#ids, this.#idOffset + PARENT_ID, spanId, 8);
    this.#hasParent = true;
    this.#isRemote = isRemote;
    return this;
  }

  attribute(key: string, value: unknown): this {
    this.#attributes.set(key, value, UNLIMITED);
    return this;
  }

  attributes(attributes: Attributes): this {
    this.#attributes.setAll(attributes, UNLIMITED);
    return this;
  }

  event(name: string, attributes?: Attributes, time?: TimeInput): this {
    this.#events.push({ name, time: timeline.at(time, this.#anchor), attributes: listOf(attributes, UNLIMITED) });
    return this;
  }

  link({ context, attributes }: Link): this {
    this.#links.push({ context, attributes: listOf(attributes, UNLIMITED) });
    return this;
  }

  ok(): this {
    this.#status = { code: 1 };
    return this;
  }

  failed(message = ''): this {
    this.#status = { code: 2, message };
    return this;
  }

  start(time: TimeInput): this {
    this.#start = timeline.at(time, this.#anchor);
    return this;
  }

  end(time?: TimeInput): this {
    this.#end = timeline.at(time, this.#anchor);
    return this;
  }

  write(writer: TagWriter): void {
    writeSpan(writer, this.#record());
  }

  #record(): SpanRecord {
    return {
      ids: this.#ids,
      idOffset: this.#idOffset,
      hasParent: this.#hasParent,
      flags: wireFlags(SAMPLED, this.#isRemote),
      traceState: undefined,
      name: this.#name,
      kind: this.#kind,
      startTime: this.#start,
      endTime: this.#end ?? timeline.at(undefined, this.#anchor),
      attributes: this.#attributes,
      events: { items: this.#events, droppedCount: 0 },
      links: { items: this.#links, droppedCount: 0 },
      status: this.#status,
    };
  }
}

const KINDS: readonly SpanKindName[] = ['internal', 'server', 'client', 'producer', 'consumer'];
const timeline = /* @__PURE__ */ new Timeline();
const pool = /* @__PURE__ */ new IdPool();
