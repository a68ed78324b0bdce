import {
  DATA_POINT_FIELDS,
  findField,
  forEachItem,
  forEachPayload,
  payloadStart,
  releaseBytes,
  takeBytes,
} from '@otelier/otlp';
import { parseNumber } from '../parse/number.ts';
import type { TextShape } from '../parse/text.ts';
import type { EncodedPoint, EncodedScrape } from './encode.ts';
import type { Part, Point } from './family.ts';

const [NEWLINE, SPACE, TAB, CARRIAGE] = [0x0a, 0x20, 0x09, 0x0d];

/** Values of the page that was compared last. All templates share them, since a request is made at once. */
let values = new Float64Array(0);

/** How a value is written into a request. */
const WRITE = { double: 0, count: 1, difference: 2 } as const;

/**
 * The request of the last scrape of a target, from which that of the next one is made: a page that differs only in its
 * values needs no parsing but that of numbers, and no encoding but that of values and times. It compares the bytes between
 * values, so that a page of any other shape does not match.
 */
export class ScrapeTemplate {
  readonly #page: Buffer;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #request: Uint8Array;
  readonly itemCount: number;
  /** Values at which the request must not differ, such as start times. */
  readonly #fixed: readonly (readonly [index: number, value: number])[];
  readonly #times: Int32Array;
  /** For each value in the request: how it is written, where, and of which samples it is made. */
  readonly #writes: Uint8Array;
  readonly #offsets: Int32Array;
  readonly #sources: Int32Array;
  readonly #before: Int32Array;

  private constructor(page: Buffer, shape: TextShape, encoded: EncodedScrape, plan: Plan) {
    this.#page = page;
    this.#starts = Int32Array.from(shape.starts);
    this.#ends = Int32Array.from(shape.ends);
    this.#request = encoded.bytes;
    this.itemCount = encoded.itemCount;
    if (values.length < plan.valueCount) values = new Float64Array(plan.valueCount);
    this.#fixed = plan.fixed;
    this.#times = Int32Array.from(plan.times);
    this.#writes = Uint8Array.from(plan.writes);
    this.#offsets = Int32Array.from(plan.offsets);
    this.#sources = Int32Array.from(plan.sources);
    this.#before = Int32Array.from(plan.before);
  }

  /**
   * Creates a template of a scrape whose values have the positions of their samples. Returns `undefined` for one with
   * contents of variable length, such as exemplars. `reportCount` values follow those of the page.
   */
  static create(page: Buffer, shape: TextShape, encoded: EncodedScrape, reportCount: number) {
    if (!shape.isPlain) return undefined;
    const plan = planOf(encoded, shape.starts.length + reportCount);
    return plan && new ScrapeTemplate(page, shape, encoded, plan);
  }

  /** The page of which the template was made. */
  get page(): Buffer {
    return this.#page;
  }

  /** Number of samples of the page. */
  get sampleCount(): number {
    return this.#starts.length;
  }

  /** Reads the values of a page; `false` if it does not have the same shape. */
  matches(page: Buffer): boolean {
    const count = this.#starts.length;
    let at = 0;
    let from = 0;
    for (let index = 0; index < count; index++) {
      const to = this.#starts[index] as number;
      if (!sameBytes(page, at, this.#page, from, to)) return false;
      at += to - from;
      const end = valueEnd(page, at);
      const value = parseNumber(page, at, end);
      if (value === undefined) return false;
      values[index] = value;
      at = end;
      from = this.#ends[index] as number;
    }
    const rest = this.#page.length;
    return page.length - at === rest - from && sameBytes(page, at, this.#page, from, rest) && this.#fixedMatch();
  }

  /**
   * Returns the request of the page that matched last, with the values about the scrape, or `undefined` if they are invalid.
   * No other page may be compared in between. Its memory is from the pool, and the caller is the owner.
   */
  request(timestampMillis: number, reports: readonly number[]): Uint8Array<ArrayBuffer> | undefined {
    values.set(reports, this.sampleCount);
    const bytes = takeBytes(this.#request.length);
    bytes.set(this.#request);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let index = 0; index < this.#offsets.length; index++) {
      const offset = this.#offsets[index] as number;
      const value = values[this.#sources[index] as number] as number;
      const kind = this.#writes[index];
      if (kind === WRITE.double) {
        view.setFloat64(offset, value, true);
        continue;
      }
      const before = this.#before[index] as number;
      const whole = Math.trunc(kind === WRITE.difference && before >= 0 ? value - (values[before] as number) : value);
      if (!(whole >= 0 && whole < 2 ** 63)) {
        releaseBytes(bytes);
        return undefined;
      }
      view.setUint32(offset, whole >>> 0, true);
      view.setUint32(offset + 4, Math.floor(whole / 2 ** 32), true);
    }
    const nanos = BigInt(timestampMillis) * 1_000_000n;
    const low = Number(nanos & 0xffff_ffffn);
    const high = Number(nanos >> 32n);
    for (let index = 0; index < this.#times.length; index++) {
      const offset = this.#times[index] as number;
      view.setUint32(offset, low, true);
      view.setUint32(offset + 4, high, true);
    }
    return bytes;
  }

  #fixedMatch(): boolean {
    return this.#fixed.every(([index, value]) => values[index] === value);
  }
}

function sameBytes(page: Buffer, at: number, other: Buffer, from: number, to: number): boolean {
  const shift = at - from;
  if (to + shift > page.length) return false;
  for (let index = from; index < to; index++) if (other[index] !== page[index + shift]) return false;
  return true;
}

function valueEnd(page: Buffer, start: number): number {
  let at = start;
  for (; at < page.length; at++) {
    const code = page[at];
    if (code === NEWLINE || code === SPACE || code === TAB || code === CARRIAGE) break;
  }
  return at;
}

/** Where the values and times of a request are. */
interface Plan {
  readonly valueCount: number;
  readonly fixed: [number, number][];
  readonly times: number[];
  readonly writes: number[];
  readonly offsets: number[];
  readonly sources: number[];
  readonly before: number[];
}

function planOf({ bytes, points }: EncodedScrape, valueCount: number): Plan | undefined {
  const plan: Plan = { valueCount, fixed: [], times: [], writes: [], offsets: [], sources: [], before: [] };
  let position = 0;
  let isComplete = true;
  forEachItem('metrics', bytes, ({ start, end }) => {
    const encoded = points[position++];
    if (encoded === undefined || !planPoint(plan, bytes, start, end, encoded)) isComplete = false;
  });
  return isComplete && position === points.length ? plan : undefined;
}

function planPoint(plan: Plan, bytes: Uint8Array, start: number, end: number, { kind, point }: EncodedPoint): boolean {
  if (point.exemplars.length > 0 || kind === 'exponentialHistogram') return false;
  const fields: Readonly<Record<string, number>> = DATA_POINT_FIELDS[kind];
  const offsetOf = (name: string): number => findField(bytes, start, end, fields[name] ?? 0);
  const add = (write: number, offset: number, part: Part, before = -1): boolean => {
    if (offset < 0 || part.index < 0 || part.value === undefined) return false;
    plan.writes.push(write);
    plan.offsets.push(offset);
    plan.sources.push(part.index);
    plan.before.push(before);
    return true;
  };
  const time = offsetOf('timeUnixNano');
  if (time < 0 || !planFixed(plan, point)) return false;
  plan.times.push(time);
  if (point.value !== undefined) return add(WRITE.double, offsetOf('asDouble'), point.value);
  const { count, sum, parts } = point;
  if (count === undefined || !add(WRITE.count, offsetOf('count'), count)) return false;
  if (sum !== undefined && !add(WRITE.double, offsetOf('sum'), sum)) return false;
  if (kind === 'summary')
    return planQuantiles(bytes, start, end, parts, (offset, part) => add(WRITE.double, offset, part));
  const buckets = payloadStart(bytes, offsetOf('bucketCounts'));
  return [...parts, count].every((part, index) =>
    add(WRITE.difference, buckets + index * 8, part, index === 0 ? -1 : (parts[index - 1]?.index ?? -1)),
  );
}

/** Start times are not written anew. */
function planFixed(plan: Plan, { created }: Point): boolean {
  if (created === undefined) return true;
  if (created.index < 0 || typeof created.value !== 'number') return false;
  plan.fixed.push([created.index, created.value]);
  return true;
}

const QUANTILE_VALUE_FIELD = 2;

function planQuantiles(
  bytes: Uint8Array,
  start: number,
  end: number,
  parts: readonly Part[],
  add: (offset: number, part: Part) => boolean,
): boolean {
  let index = 0;
  let isComplete = true;
  forEachPayload(bytes, start, end, DATA_POINT_FIELDS.summary.quantileValues, (from, to) => {
    const part = parts[index++];
    if (part === undefined || !add(findField(bytes, from, to, QUANTILE_VALUE_FIELD), part)) isComplete = false;
  });
  return isComplete && index === parts.length;
}
