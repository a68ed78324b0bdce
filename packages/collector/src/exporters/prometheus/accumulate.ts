import { nativeSum } from '../../prometheus/native.ts';
import type { ExportedPoint, PointData } from '../../prometheus/points.ts';

/** A point that is served until it expires. */
export interface ServedPoint extends ExportedPoint {
  /** Monotonic time at which it was updated. */
  readonly updatedMillis: number;
}

const DELTA = 1;

/** Keeps the last point of each series, and accumulates the points of delta series. */
export class Accumulator {
  readonly #points = new Map<string, ServedPoint>();
  readonly #expirationMillis: number;

  constructor(expirationMillis: number) {
    this.#expirationMillis = expirationMillis;
  }

  /** Adds a point. Returns `false` for one that cannot be served: an older one, or a sum that is neither. */
  add(point: ExportedPoint, nowMillis: number): boolean {
    const { metric } = point;
    const key = keyOf(point);
    if (point.isStale) {
      this.#points.delete(key);
      return true;
    }
    const isDelta = metric.temporality === DELTA && metric.kind !== 'gauge' && metric.kind !== 'summary';
    if (metric.kind === 'sum' && (metric.temporality === 0 || (isDelta && !metric.isMonotonic))) return false;
    const before = this.#points.get(key);
    const next = before === undefined ? point : isDelta ? accumulated(before, point) : later(before, point);
    if (next === undefined) return false;
    this.#points.set(key, { ...next, updatedMillis: nowMillis });
    return true;
  }

  /** Returns the points to serve, without those that have expired. */
  points(nowMillis: number): readonly ServedPoint[] {
    this.expire(nowMillis);
    return [...this.#points.values()];
  }

  /** Forgets points that have not been updated for long. */
  expire(nowMillis: number): void {
    for (const [key, { updatedMillis }] of this.#points) {
      if (nowMillis - updatedMillis > this.#expirationMillis) this.#points.delete(key);
    }
  }
}

function keyOf({ metric, origin, attributes }: ExportedPoint): string {
  const sorted = [...attributes].sort(([a], [b]) => (a < b ? -1 : 1));
  const { name, kind, unit, isMonotonic } = metric;
  const identity = origin.resource.filter(([key]) => IDENTITY.has(key));
  const { scopeName, scopeVersion, scopeAttributes } = origin;
  return JSON.stringify([name, kind, unit, isMonotonic, sorted, identity, scopeName, scopeVersion, scopeAttributes]);
}

const IDENTITY: ReadonlySet<string> = new Set(['service.name', 'service.namespace', 'service.instance.id']);

function later(before: ExportedPoint, point: ExportedPoint): ExportedPoint | undefined {
  return point.timeUnixNano < before.timeUnixNano ? undefined : point;
}

/** Adds a point of a delta series that begins where the one before ends. One that begins later starts anew. */
function accumulated(before: ExportedPoint, point: ExportedPoint): ExportedPoint | undefined {
  if (point.startTimeUnixNano !== before.timeUnixNano) {
    const isReset =
      point.metric.kind === 'sum'
        ? point.timeUnixNano >= before.timeUnixNano
        : point.startTimeUnixNano > before.timeUnixNano;
    return isReset ? point : undefined;
  }
  const data = sumOf(before.data, point.data);
  return data && { ...point, data, startTimeUnixNano: before.startTimeUnixNano };
}

function sumOf(a: PointData, b: PointData): PointData | undefined {
  if (a.kind === 'number' && b.kind === 'number') return { ...b, value: a.value + b.value };
  if (a.kind === 'histogram' && b.kind === 'histogram') {
    const isSame = a.bounds.length === b.bounds.length && a.bounds.every((bound, index) => bound === b.bounds[index]);
    if (!isSame) return b;
    const counts = b.counts.map((count, index) => count + (a.counts[index] ?? 0));
    return { ...b, count: a.count + b.count, sum: added(a.sum, b.sum), counts };
  }
  return a.kind === 'exponential' && b.kind === 'exponential' ? nativeSum(a, b) : undefined;
}

function added(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
