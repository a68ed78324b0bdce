import { Buffer } from 'node:buffer';
import { type Batch, findField, payloadEnd, payloadStart, SIGNALS, TrustedReader } from '@otelier/otlp';
import { SpanScan } from '../../component/state/span-scan.ts';
import type { Aggregator, Moment, WrittenRequest } from '../../metrics/aggregating-connector.ts';
import { type ConnectionType, Edge, EdgeStore } from './edge-store.ts';
import { GraphSeries } from './graph-series.ts';
import { type KnownService, KnownServices } from './known-services.ts';
import type { Settings } from './settings.ts';
import { WantedAttributes } from './wanted-attributes.ts';

/** Called with the number of spans or edges that were not recorded. */
export type CountDropped = (items: number, reason: 'store_full' | 'unpaired' | 'series_limit') => void;

/** Pairs the client and server spans of one tenant's requests, and counts the requests. */
export class ServiceGraphAggregator implements Aggregator {
  hasNews = false;
  readonly #settings: Settings;
  readonly #dropped: CountDropped;
  readonly #edges: EdgeStore;
  readonly #series: GraphSeries;
  readonly #services: KnownServices;
  readonly #wanted: WantedAttributes;
  readonly #scan = new SpanScan();
  #nowMillis = 0;

  constructor(settings: Settings, startTimeUnixNano: bigint, dropped: CountDropped) {
    this.#settings = settings;
    this.#dropped = dropped;
    const { dimensions, databaseAttributes, peerAttributes } = settings;
    this.#edges = new EdgeStore(settings.maxItems);
    this.#series = new GraphSeries(settings, startTimeUnixNano);
    this.#services = new KnownServices([...dimensions, ...databaseAttributes]);
    this.#wanted = new WantedAttributes([...dimensions, ...databaseAttributes, ...peerAttributes]);
  }

  get isEmpty(): boolean {
    return this.#series.isEmpty && this.#edges.size === 0;
  }

  add({ parts }: Batch, { monotonicMillis }: Moment): void {
    this.#nowMillis = monotonicMillis;
    for (const part of parts) {
      const reader = new TrustedReader(part);
      while (reader.next())
        if (reader.field === SIGNALS.traces.resourceField) this.#addResource(part, reader.valueStart, reader.end);
    }
  }

  collect({ timeUnixNano }: Moment): readonly WrittenRequest[] {
    this.hasNews = false;
    return this.#series.write(timeUnixNano);
  }

  /** Records the requests whose second span did not arrive in time. */
  expireEdges({ monotonicMillis }: Moment): void {
    this.#nowMillis = monotonicMillis;
    this.#edges.expire(monotonicMillis, (edge) => {
      if (!this.#recordUnpaired(edge)) this.#dropped(1, 'unpaired');
    });
  }

  /** Removes series without recent requests. */
  removeStaleSeries({ monotonicMillis }: Moment): void {
    this.#series.removeOlderThan(monotonicMillis - STALE_MILLIS);
  }

  #addResource(bytes: Uint8Array, start: number, end: number): void {
    const owner = findField(bytes, start, end, OWNER_FIELD);
    const service =
      owner < 0 ? undefined : this.#services.find(bytes, payloadStart(bytes, owner), payloadEnd(bytes, owner));
    if (service === undefined) return;
    const scopes = new TrustedReader(bytes, start, end);
    while (scopes.next()) {
      if (scopes.field !== SIGNALS.traces.scopeField) continue;
      const spans = new TrustedReader(bytes, scopes.valueStart, scopes.end);
      while (spans.next()) {
        if (spans.field !== SIGNALS.traces.itemField) continue;
        this.#scan.read(bytes, spans.valueStart, spans.end);
        this.#addSpan(service);
      }
    }
  }

  #addSpan(service: KnownService): void {
    const scan = this.#scan;
    switch (scan.kind) {
      case CLIENT:
      case PRODUCER:
        this.#upsert(keyOf(scan, scan.spanIdStart, scan.spanIdEnd), (edge) => {
          this.#setClient(edge, service, scan.kind === PRODUCER ? 'messaging_system' : '');
        });
        break;
      case SERVER:
      case CONSUMER:
        this.#upsert(keyOf(scan, scan.parentSpanIdStart, scan.parentSpanIdEnd), (edge) => {
          this.#setServer(edge, service, scan.kind === CONSUMER ? 'messaging_system' : '');
        });
    }
  }

  /** Updates or creates the edge with this key, and records it once it is complete. */
  #upsert(key: string, update: (edge: Edge) => void): void {
    const known = this.#edges.get(key);
    const edge = known ?? new Edge(key.endsWith(NO_SPAN_ID), this.#nowMillis + this.#settings.ttlMillis);
    update(edge);
    if (edge.isComplete) {
      if (known !== undefined) this.#edges.delete(key);
      this.#record(edge);
    } else if (known === undefined && !this.#edges.add(key, edge)) this.#dropped(1, 'store_full');
  }

  #setClient(edge: Edge, service: KnownService, connectionType: ConnectionType): void {
    const { dimensions, peerAttributes, databaseAttributes } = this.#settings;
    const scan = this.#scan;
    this.#wanted.find(scan.bytes, scan.attributes);
    edge.connectionType = connectionType;
    edge.client = service.name;
    edge.clientSeconds = scan.durationNanos / 1e9;
    edge.failed ||= scan.statusCode === ERROR;
    this.#setDimensions(edge, service, 'client_', dimensions);
    for (const name of peerAttributes) {
      const peer = this.#wanted.text(name);
      if (peer === undefined) continue;
      edge.peers ??= new Map();
      edge.peers.set(name, peer);
      break;
    }
    for (const name of databaseAttributes) {
      const database = service.attributes.get(name) ?? this.#wanted.text(name);
      if (database === undefined) continue;
      edge.connectionType = 'database';
      edge.server = database;
      edge.serverSeconds = edge.clientSeconds;
      break;
    }
  }

  #setServer(edge: Edge, service: KnownService, connectionType: ConnectionType): void {
    const scan = this.#scan;
    edge.connectionType = connectionType;
    edge.server = service.name;
    edge.serverSeconds = scan.durationNanos / 1e9;
    edge.failed ||= scan.statusCode === ERROR;
    const { dimensions } = this.#settings;
    if (dimensions.length > 0) this.#wanted.find(scan.bytes, scan.attributes);
    this.#setDimensions(edge, service, 'server_', dimensions);
  }

  #setDimensions(edge: Edge, { attributes }: KnownService, prefix: string, names: readonly string[]): void {
    for (const name of names) {
      const value = attributes.get(name) ?? this.#wanted.text(name);
      if (value === undefined) continue;
      edge.dimensions ??= new Map();
      edge.dimensions.set(prefix + name, value);
    }
  }

  /** Records an edge that has only one span as an edge to or from a virtual node. Returns whether this was possible. */
  #recordUnpaired(edge: Edge): boolean {
    const { peerAttributes } = this.#settings;
    if (peerAttributes.length === 0) return false;
    let isRecorded = false;
    edge.connectionType = 'virtual_node';
    if (edge.client === '' && edge.hasNoParent) {
      edge.client = 'user';
      edge.virtualNode = 'client';
      this.#record(edge);
      isRecorded = true;
    }
    if (edge.server === '') {
      const name = peerAttributes.find((each) => edge.peers?.has(each));
      edge.server = (name === undefined ? undefined : edge.peers?.get(name)) ?? 'unknown';
      edge.virtualNode = 'server';
      this.#record(edge);
      isRecorded = true;
    }
    return isRecorded;
  }

  #record(edge: Edge): void {
    if (this.#series.add(edge, this.#nowMillis)) this.hasNews = true;
    else this.#dropped(1, 'series_limit');
  }
}

/** Returns a key made of the trace ID and a span ID. Missing IDs are zeros. */
function keyOf({ bytes, traceIdStart, traceIdEnd }: SpanScan, spanIdStart: number, spanIdEnd: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const traceId = traceIdEnd - traceIdStart === 16 ? text.toString('latin1', traceIdStart, traceIdEnd) : NO_TRACE_ID;
  return traceId + (spanIdEnd - spanIdStart === 8 ? text.toString('latin1', spanIdStart, spanIdEnd) : NO_SPAN_ID);
}

const NO_TRACE_ID = '\0'.repeat(16);
const NO_SPAN_ID = '\0'.repeat(8);
/** The field of a group that contains its resource or scope. */
const OWNER_FIELD = 1;
const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;
const ERROR = 2;
const STALE_MILLIS = 15 * 60_000;
