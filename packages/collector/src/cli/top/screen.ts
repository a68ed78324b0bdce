/** The part of a terminal stream that a screen writes to. */
export interface ScreenStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const ALTERNATE_SCREEN = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const NORMAL_SCREEN = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const ERASE_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';

/** The whole of a terminal, which shows lines and restores what it showed before. */
export class Screen {
  readonly #stream: ScreenStream;
  #isOpen = false;

  constructor(stream: ScreenStream) {
    this.#stream = stream;
  }

  get size(): { readonly columns: number; readonly lines: number } {
    return { columns: this.#stream.columns ?? 80, lines: this.#stream.rows ?? 24 };
  }

  open(): void {
    this.#isOpen = true;
    this.#stream.write(ALTERNATE_SCREEN);
  }

  /** Shows lines. Each is overwritten in place in one write, so that nothing flickers. */
  show(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    this.#stream.write(`${HOME}${lines.map((line) => `${line}${ERASE_LINE}`).join('\r\n')}${ERASE_BELOW}`);
  }

  /** Restores the terminal. Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stream.write(NORMAL_SCREEN);
  }
}
