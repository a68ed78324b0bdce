import { malformed, type Refusal, refusal } from './refusal.ts';

/** Bounds of a head. */
export interface HeadLimits {
  readonly maxHeaderBytes: number;
  readonly maxRequestLineBytes: number;
  readonly maxHeaderCount: number;
}

/**
 * Lines up to an empty one, over as many reads as it takes: the head of a request, or the trailers of a chunked body.
 * Every line ends with CR LF, and neither stands anywhere else (RFC 9112, 2.2, lets a server take a bare LF; two servers
 * that differ there can be made to see different requests).
 */
export class FieldBlock {
  /** The lines with the empty one; set once the block is whole. */
  text = '';
  refusal: Refusal | undefined;
  readonly #limits: HeadLimits;
  /** What came in earlier reads. */
  #kept: Buffer | undefined;
  #length = 0;
  #lineLength = 0;
  #lines = 0;
  #afterCr = false;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  reset(): void {
    this.text = '';
    this.#kept = undefined;
    this.#length = 0;
    this.#lineLength = 0;
    this.#lines = 0;
    this.#afterCr = false;
  }

  /** Reads on from `at`; gives the index after the empty line, or -1 when it has not come yet or there is a refusal. */
  read(chunk: Buffer, at: number): number {
    const end = this.#scan(chunk, at);
    if (this.refusal !== undefined) return -1;
    if (end < 0) {
      this.#keep(chunk, at, chunk.length);
    } else if (this.#kept === undefined) {
      this.text = chunk.toString('latin1', at, end);
    } else {
      const kept = this.#keep(chunk, at, end);
      this.text = kept.toString('latin1', 0, this.#length);
    }
    return end;
  }

  #scan(chunk: Buffer, at: number): number {
    const { maxHeaderBytes } = this.#limits;
    for (let i = at; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0;
      if (this.#afterCr) {
        if (byte !== LF) return this.#refuse(malformed('expected CR LF at the end of a line, got CR alone'));
        if (this.#lineLength === 0) return i + 1;
        this.#endLine();
      } else if (byte === CR) {
        this.#afterCr = true;
      } else {
        this.#lineLength++;
        if (!isText(byte)) this.#refuse(this.#notText(byte));
      }
      if (this.#lines === 0 && this.#lineLength > this.#limits.maxRequestLineBytes) this.#refuse(this.#tooLongLine());
      if (this.#length + i - at >= maxHeaderBytes) this.#refuse(this.#tooLarge());
      if (this.refusal !== undefined) return -1;
    }
    return -1;
  }

  #endLine(): void {
    this.#afterCr = false;
    this.#lineLength = 0;
    this.#lines++;
    if (this.#lines > this.#limits.maxHeaderCount + 1) this.#refuse(this.#tooMany());
  }

  #keep(chunk: Buffer, at: number, end: number): Buffer {
    const needed = this.#length + end - at;
    let kept = this.#kept;
    if (kept === undefined || needed > kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed * 2, 512));
      kept?.copy(larger, 0, 0, this.#length);
      kept = larger;
      this.#kept = larger;
    }
    chunk.copy(kept, this.#length, at, end);
    this.#length = needed;
    return kept;
  }

  #refuse(why: Refusal): -1 {
    this.refusal = why;
    return -1;
  }

  #notText(byte: number): Refusal {
    if (byte === LF) return malformed('expected CR LF at the end of a line, got LF alone');
    return this.#lines === 0 && this.#lineLength === 1 && byte === TLS_HANDSHAKE
      ? malformed('expected HTTP in the clear, got TLS')
      : malformed('expected text in the headers, got a control character');
  }

  #tooLarge(): Refusal {
    return refusal(431, `expected headers of at most ${this.#limits.maxHeaderBytes} bytes, got more`);
  }

  #tooMany(): Refusal {
    return refusal(431, `expected at most ${this.#limits.maxHeaderCount} headers, got more`);
  }

  #tooLongLine(): Refusal {
    return refusal(414, `expected a request line of at most ${this.#limits.maxRequestLineBytes} bytes, got more`);
  }
}

const LF = 10;
const CR = 13;
const TAB = 9;
/** How TLS begins: the content type of a handshake record. */
const TLS_HANDSHAKE = 0x16;

function isText(byte: number): boolean {
  return byte >= 0x20 ? byte !== 0x7f : byte === TAB;
}
