import { ChunkedReader } from '../../http1/chunked.ts';
import type { HeadLimits } from '../../http1/field-block.ts';
import type { ParseError } from '../../http1/parse-error.ts';

/** Tells the bytes of a body from what frames them, and where it ends. */
export interface BodyFrame {
  /** The data that the last `read` has passed: `chunk[dataStart, dataEnd)`. */
  readonly dataStart: number;
  readonly dataEnd: number;
  readonly isDone: boolean;
  readonly parseError: ParseError | undefined;
  /** Reads on from `at`, to the end of the next run of data at most; gives the index after what it took. */
  read(chunk: Buffer, at: number): number;
}

/** The frame of a body of this length; of one in chunks, when there is none. */
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
