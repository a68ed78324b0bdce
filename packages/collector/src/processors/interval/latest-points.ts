import {
  type Batch,
  type BatchContext,
  DATA_POINT_FIELDS,
  findField,
  type ItemCursor,
  type MetricKind,
  metricKindOf,
  readFixed64,
} from '@otelier/otlp';
import { copyMetricHead, type MetricHead } from '../../metrics/metric-head.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import { copyOwner, type Owner } from '../../metrics/owner.ts';
import { StreamKeys } from '../../metrics/stream-keys.ts';

interface Group<Head, Member> {
  readonly head: Head;
  readonly members: Map<string, Member>;
}

type Metric = Group<MetricHead, Point>;
type Scope = Group<Owner, Metric>;
type Resource = Group<Owner, Scope>;

interface Point {
  bytes: Uint8Array;
  timeUnixNano: bigint;
}

/** The latest point of each stream, in the order in which the streams were first seen. */
export class LatestPoints {
  /** Memory used by a stream in addition to its point and key: map entries and the array. */
  static readonly OVERHEAD_BYTES = 300;
  readonly #keys = new StreamKeys();
  readonly #resources = new Map<string, Resource>();
  #current: Metric | undefined;
  #currentKey = '';
  #sizeBytes = 0;

  /** Approximate memory used by all points. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Stores the point at the cursor if it is the latest in its stream. */
  add(cursor: ItemCursor): void {
    const { bytes, start, end } = cursor;
    const metric = this.#metricOf(cursor);
    const key = this.#keys.attributesKeyOf(cursor);
    const timeUnixNano = readTime(cursor, metric.head.kind);
    const existing = metric.members.get(key);
    if (existing === undefined) {
      metric.members.set(key, { bytes: bytes.slice(start, end), timeUnixNano });
      this.#sizeBytes += end - start + key.length + LatestPoints.OVERHEAD_BYTES;
    } else if (timeUnixNano > existing.timeUnixNano) {
      this.#sizeBytes += end - start - existing.bytes.length;
      existing.bytes = bytes.slice(start, end);
      existing.timeUnixNano = timeUnixNano;
    }
  }

  /** Releases the last request so that it can be garbage-collected. */
  reset(): void {
    this.#keys.reset();
    this.#current = undefined;
  }

  /** Returns all points, in batches of about `maxBytes` or less. */
  encode(context: BatchContext, maxBytes: number): Batch[] {
    const batches: Batch[] = [];
    const writer = new MetricsWriter();
    const finish = () => {
      const batch = writer.finishBatch(context);
      if (batch !== undefined) batches.push(batch);
    };
    for (const { head: resource, members: scopes } of this.#resources.values()) {
      writer.resource(resource.bytes, resource.schemaUrl);
      for (const { head: scope, members: metrics } of scopes.values()) {
        writer.scope(scope.bytes, scope.schemaUrl);
        for (const { head, members: points } of metrics.values()) {
          writer.metricLike(head.metricFields, head.kind, head.dataFields);
          for (const { bytes } of points.values()) {
            if (writer.length > maxBytes) {
              finish();
              writer.resource(resource.bytes, resource.schemaUrl).scope(scope.bytes, scope.schemaUrl);
              writer.metricLike(head.metricFields, head.kind, head.dataFields);
            }
            writer.encodedPoint(bytes);
          }
        }
      }
    }
    finish();
    return batches;
  }

  #metricOf(cursor: ItemCursor): Metric {
    const key = this.#keys.metricKeyOf(cursor);
    if (this.#current !== undefined && key === this.#currentKey) return this.#current;
    const resource = this.#memberOf(this.#resources, this.#keys.resourceKeyOf(cursor), () =>
      copyOwner(cursor, 'resource'),
    );
    const scope = this.#memberOf(resource.members, this.#keys.scopeKeyOf(cursor), () => copyOwner(cursor, 'scope'));
    this.#current = this.#memberOf(scope.members, key, () => copyMetricHead(cursor));
    this.#currentKey = key;
    return this.#current;
  }

  #memberOf<Head extends { readonly sizeBytes: number }, Member>(
    members: Map<string, Group<Head, Member>>,
    key: string,
    create: () => Head,
  ): Group<Head, Member> {
    let member = members.get(key);
    if (member === undefined) {
      member = { head: create(), members: new Map() };
      members.set(key, member);
      this.#sizeBytes += member.head.sizeBytes + key.length + LatestPoints.OVERHEAD_BYTES;
    }
    return member;
  }
}

function readTime({ bytes, start, end, dataField }: ItemCursor, kind: MetricKind): bigint {
  const field = DATA_POINT_FIELDS[metricKindOf(dataField) ?? kind].timeUnixNano;
  const value = findField(bytes, start, end, field);
  return value < 0 ? 0n : readFixed64(bytes, value);
}
