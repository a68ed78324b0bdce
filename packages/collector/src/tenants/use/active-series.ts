import { hash } from 'node:crypto';
import { type RewrittenRequest, rewriteItems } from '@otelier/otlp';
import { StreamKeys } from '../../metrics/stream-keys.ts';
import type { TenantUse } from './tenant-use.ts';

/** A series without points is active for one to two of these, in milliseconds. */
const GENERATION_MILLIS = 600_000;

/** The series of metrics that a tenant has sent lately to one thread. */
export class ActiveSeries {
  readonly #use: TenantUse;
  readonly #keys = new StreamKeys();
  /** Hashes of series with points in this generation, and of others with points in the one before. */
  #current = new Set<number>();
  #previous = new Set<number>();
  #beganMillis: number;

  /** `nowMillis` is a monotonic time. */
  constructor(use: TenantUse, nowMillis: number) {
    this.#use = use;
    this.#beganMillis = nowMillis;
  }

  /** Number of active series. */
  get size(): number {
    return this.#current.size + this.#previous.size;
  }

  /** Returns a request with metrics without the points of new series beyond `limit` series in all threads. */
  limit(request: Uint8Array, limit: number, nowMillis: number): RewrittenRequest {
    this.#advance(nowMillis);
    const limited = rewriteItems('metrics', request, {
      item: (cursor) => (this.#admits(hashOf(this.#keys.keyOf(cursor)), limit) ? 'keep' : 'drop'),
    });
    this.#keys.reset();
    return limited;
  }

  /** Forgets all series. */
  clear(): void {
    this.#use.addSeries(-this.size);
    this.#current.clear();
    this.#previous.clear();
  }

  #admits(series: number, limit: number): boolean {
    if (this.#current.has(series)) return true;
    const isKnown = this.#previous.delete(series);
    if (!isKnown && this.#use.series >= limit) return false;
    if (!isKnown) this.#use.addSeries(1);
    this.#current.add(series);
    return true;
  }

  #advance(nowMillis: number): void {
    const generations = Math.floor((nowMillis - this.#beganMillis) / GENERATION_MILLIS);
    if (generations === 0) return;
    this.#beganMillis += generations * GENERATION_MILLIS;
    if (generations > 1) {
      this.clear();
      return;
    }
    this.#use.addSeries(-this.#previous.size);
    this.#previous = this.#current;
    this.#current = new Set();
  }
}

/** Returns a number of 48 bits, which no two of a million series have in common in practice. */
function hashOf(key: string): number {
  return hash('sha1', key, 'buffer').readUIntBE(0, 6);
}
