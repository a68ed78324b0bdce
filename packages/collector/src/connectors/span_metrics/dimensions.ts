import { encodeAnyValue, findField, payloadEnd, payloadStart, readString } from '@otelier/otlp';
import { compileGlob, type Glob } from '../../component/glob.ts';
import type { KeyBytes } from '../../component/state/byte-map.ts';
import { AttributeKey, type Ranges } from '../../component/state/span-scan.ts';
import type { DimensionConfig } from './config.ts';

/** Attributes by key, with their values as encoded `AnyValue` contents. */
export type Attributes = ReadonlyMap<string, Uint8Array>;

/** The configured dimensions of a metric. */
export class Dimensions {
  /** Named dimensions, each with the value for spans that lack the attribute. */
  readonly named: readonly { readonly name: string; readonly fallback: Uint8Array | undefined }[];
  readonly globs: readonly Glob[];

  constructor(configured: readonly DimensionConfig[]) {
    this.named = configured
      .filter(({ glob }) => glob === '')
      .map(({ name, default: value }) => ({ name, fallback: value === undefined ? undefined : encodeAnyValue(value) }));
    this.globs = configured.filter(({ glob }) => glob !== '').map(({ glob }) => compileGlob(glob, '.'));
  }

  /**
   * Calls `visit` with each dimension for which there is an attribute: first those of the span, then those of the
   * resource or event.
   */
  match(span: Attributes, others: Attributes, visit: (name: string, value: Uint8Array) => void): void {
    for (const { name, fallback } of this.named) {
      const value = span.get(name) ?? others.get(name) ?? fallback;
      if (value !== undefined) visit(name, value);
    }
    if (this.globs.length === 0) return;
    for (const [name, value] of sorted(span)) if (this.matchesGlob(name)) visit(name, value);
    for (const [name, value] of sorted(others)) if (!span.has(name) && this.matchesGlob(name)) visit(name, value);
  }

  matchesGlob(name: string): boolean {
    return this.globs.some((glob) => glob.test(name));
  }
}

/** Adds the encoded attributes that dimensions read to a cache key. Spans with equal keys have equal dimensions. */
export class DimensionKey {
  readonly #names: readonly Uint8Array[];
  /** 1 for lengths that match some name. Most attribute keys have a different length. */
  readonly #lengths = new Uint8Array(MAX_LENGTH + 1);
  readonly #dimensions: readonly Dimensions[];
  readonly #hasGlobs: boolean;
  /** Cached results of matching attribute keys against the globs. */
  readonly #verdicts = new Map<string, boolean>();
  readonly #key = new AttributeKey();

  constructor(...dimensions: readonly Dimensions[]) {
    this.#dimensions = dimensions;
    this.#names = [...new Set(dimensions.flatMap(({ named }) => named.map(({ name }) => name)))].map((name) =>
      Buffer.from(name),
    );
    for (const { length } of this.#names) this.#lengths[Math.min(length, MAX_LENGTH)] = 1;
    this.#hasGlobs = dimensions.some(({ globs }) => globs.length > 0);
  }

  /** Whether no dimension reads an attribute. */
  get isEmpty(): boolean {
    return this.#names.length === 0 && !this.#hasGlobs;
  }

  /** Adds the attributes in `ranges` of `KeyValue` messages. */
  add(target: KeyBytes, bytes: Uint8Array, ranges: Ranges): void {
    const key = this.#key;
    for (let i = 0; i < ranges.count; i++) {
      const end = ranges.end(i);
      key.read(bytes, ranges.start(i), end);
      const name = this.#indexOf(bytes, key.start, key.end);
      if (name >= 0) {
        if (name >= WIDE) target.addByte(WIDE).addByte(name >> 8);
        target.addByte(name & 0xff).addRange(bytes, key.restStart, end);
      } else if (this.#hasGlobs && this.#matchesGlob(bytes, key.start, key.end)) {
        target.addByte(GLOB).addRange(bytes, key.start, key.end).addRange(bytes, key.restStart, end);
      }
    }
    target.addByte(END);
  }

  #indexOf(bytes: Uint8Array, start: number, end: number): number {
    if (this.#lengths[Math.min(end - start, MAX_LENGTH)] === 0) return -1;
    const names = this.#names;
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (name.length === end - start && startsWith(bytes, start, name)) return i;
    }
    return -1;
  }

  #matchesGlob(bytes: Uint8Array, start: number, end: number): boolean {
    const name = readString(bytes, start, end);
    let verdict = this.#verdicts.get(name);
    if (verdict === undefined) {
      verdict = this.#dimensions.some((dimensions) => dimensions.matchesGlob(name));
      if (this.#verdicts.size >= MAX_VERDICTS) this.#verdicts.clear();
      this.#verdicts.set(name, verdict);
    }
    return verdict;
  }
}

/**
 * Decodes attributes from `KeyValue` messages. The first value of a duplicate key wins, or the last if `overrides` is
 * set.
 */
export function readAttributes(
  bytes: Uint8Array,
  ranges: Ranges,
  overrides?: ReadonlyMap<string, Uint8Array>,
): Map<string, Uint8Array> {
  const attributes = new Map<string, Uint8Array>(overrides);
  const key = new AttributeKey();
  for (let i = 0; i < ranges.count; i++) {
    const [start, end] = [ranges.start(i), ranges.end(i)];
    key.read(bytes, start, end);
    const name = readString(bytes, key.start, key.end);
    if (overrides === undefined && attributes.has(name)) continue;
    const value = findField(bytes, start, end, 2);
    attributes.set(name, value < 0 ? EMPTY : bytes.slice(payloadStart(bytes, value), payloadEnd(bytes, value)));
  }
  return attributes;
}

function sorted(attributes: Attributes): [string, Uint8Array][] {
  return [...attributes].sort(([a], [b]) => (a < b ? -1 : 1));
}

function startsWith(bytes: Uint8Array, offset: number, expected: Uint8Array): boolean {
  for (let i = expected.length - 1; i >= 0; i--) if (bytes[offset + i] !== expected[i]) return false;
  return true;
}

const EMPTY = new Uint8Array();
/** Key markers, beyond the range of name indexes. Larger indexes are encoded as two bytes after `WIDE`. */
const WIDE = 253;
const GLOB = 254;
const END = 255;
const MAX_VERDICTS = 10_000;
const MAX_LENGTH = 63;
