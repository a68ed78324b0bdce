import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import type { ResultSeries } from '../../promql/result.ts';
import { formatNumber, histogramData } from './format.ts';

/** Size at which a piece of a response ends. */
const PIECE_BYTES = 64 * 1024;

/**
 * Serializes the response for a matrix in pieces, without an object or string for its samples except the text of each number.
 * `notes` are the members that follow `data`.
 */
export async function* matrixJson(series: readonly ResultSeries[], notes: object): AsyncGenerator<Uint8Array> {
  const out = new JsonBytes();
  out.text('{"status":"success","data":{"resultType":"matrix","result":[');
  for (const [index, one] of series.entries()) {
    out.text(`${index === 0 ? '' : ','}{"metric":${JSON.stringify(one.labels.toObject())}`);
    if (one.samples.some(isNumber)) {
      out.ascii(',"values":[');
      out.samples(one);
      out.ascii(']');
    }
    if (!one.samples.every(isNumber)) out.text(`,"histograms":${JSON.stringify(histogramsOf(one))}`);
    out.ascii('}');
    if (out.length >= PIECE_BYTES) yield out.take();
  }
  out.text(']}');
  for (const [name, value] of Object.entries(notes)) out.text(`,${JSON.stringify(name)}:${JSON.stringify(value)}`);
  out.ascii('}');
  yield out.take();
}

function isNumber(sample: number | FloatHistogram): sample is number {
  return typeof sample === 'number';
}

function histogramsOf({ times, samples }: ResultSeries): readonly unknown[] {
  return samples.flatMap((sample, index) =>
    typeof sample === 'number' ? [] : [[times[index] / 1000, histogramData(sample)]],
  );
}

/** Bytes of JSON under construction. */
class JsonBytes {
  #bytes = new Uint8Array(2 * PIECE_BYTES);
  #length = 0;
  readonly #encoder = new TextEncoder();
  /** The beginnings of samples by their times, which most series have in common. */
  readonly #heads = new Map<number, string>();

  get length(): number {
    return this.#length;
  }

  /** Appends text. */
  text(text: string): void {
    this.#reserve(text.length * 3);
    this.#length += this.#encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** Appends ASCII text, without the cost of a native call. */
  ascii(text: string): void {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    const at = this.#length;
    for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
    this.#length = at + text.length;
  }

  /** Appends the samples that are numbers. */
  samples({ times, samples }: ResultSeries): void {
    let isFirst = true;
    for (let index = 0; index < samples.length; index++) {
      const sample = samples[index];
      if (typeof sample !== 'number') continue;
      if (!isFirst) this.ascii(',');
      isFirst = false;
      this.ascii(this.#headOf(times[index]));
      this.ascii(formatNumber(sample));
      this.ascii('"]');
    }
  }

  /** Returns the bytes and begins anew. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array(2 * PIECE_BYTES);
    this.#length = 0;
    return taken;
  }

  #headOf(time: number): string {
    const known = this.#heads.get(time);
    if (known !== undefined) return known;
    const head = `[${time / 1000},"`;
    this.#heads.set(time, head);
    return head;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
