import { ChunkedReader } from '../../http1/chunked.ts';
import type { HeadLimits } from '../../http1/field-block.ts';
import type { ParseError } from '../../http1/parse-error.ts';

/** Separates the data of a body from its framing and detects its end. */
export interface BodyFrame {
  /** Start of the data returned by the last `read`: `chunk[dataStart, dataEnd)`. */
  readonly dataStart: number;
  readonly dataEnd: number;
  readonly isDone: boolean;
  readonly parseError: ParseError | undefined;
  /** Reads from `at` up to the end of the next run of data. Returns the index after the consumed bytes. */
  read(chunk: Buffer, at: number): number;
}

/** Creates the frame of a body with the given length, or of a chunked body if the length is `undefined`. */
export function createFrame(contentLength: number | undefined, limits: HeadLimits): BodyFrame {
  return contentLength === undefined ? new ChunkedReader(limits) : new SizedFrame(contentLength);
}

class SizedFrame implements BodyFrame {
  dataStart = 0;
  dataEnd = 0;
  isDone: boolean;
  readonly parseError = undefined;
  #missingBytes: number;

  constructor(length: number) {
    this.#missingBytes = length;
    this.isDone = length === 0;
  }

  read(chunk: Buffer, at: number): number {
    this.dataStart = at;
    this.dataEnd = Math.min(at + this.#missingBytes, chunk.length);
    this.#missingBytes -= this.dataEnd - at;
    this.isDone = this.#missingBytes === 0;
    return this.dataEnd;
  }
}
