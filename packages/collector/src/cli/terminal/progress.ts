/** The part of a terminal stream that shows progress. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Minimum time between two updates. */
const UPDATE_MILLIS = 100;

/** A line on a terminal that shows the progress of long work. Writes nothing where there is no terminal. */
export class ProgressLine {
  readonly #stream: ProgressStream;
  readonly #nowMillis: () => number;
  #shownMillis = Number.NEGATIVE_INFINITY;
  #isShown = false;

  constructor(stream: ProgressStream, nowMillis: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#nowMillis = nowMillis;
  }

  /** Replaces the line, unless it was replaced a moment ago. The text is made only if it is shown. */
  show(text: () => string): void {
    if (this.#stream.isTTY !== true || this.#nowMillis() - this.#shownMillis < UPDATE_MILLIS) return;
    this.#shownMillis = this.#nowMillis();
    this.#isShown = true;
    // A line that wraps could not be erased.
    this.#stream.write(`${ERASE}${text().slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  /** Erases the line, before other output and at the end of the work. */
  clear(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#stream.write(ERASE);
  }
}

/** Moves to the start of the line and erases it. */
const ERASE = '\r\u001b[2K';
