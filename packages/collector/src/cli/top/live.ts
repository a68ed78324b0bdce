import { errorMessage } from '../../component/error-message.ts';
import type { Paint } from '../terminal/color.ts';
import { frameLines } from './frame.ts';
import { SORTS } from './rows.ts';
import { type Sample, type Sampler, sleep } from './sampler.ts';
import { Screen } from './screen.ts';
import type { SortName } from './sort-names.ts';

/** Shows samples on the terminal until the user quits. */
export async function showLive(sampler: Sampler, intervalMillis: number, sort: SortName, paint: Paint): Promise<void> {
  const view = new LiveView(sort, paint);
  view.open();
  try {
    while (!view.ended.aborted) {
      try {
        view.update(await sampler.next(intervalMillis, view.ended));
      } catch (error) {
        view.fail(errorMessage(error));
        await sleep(intervalMillis, view.ended);
      }
    }
  } finally {
    view.close();
  }
}

/** The state of the terminal: the last sample, and what the user has selected. */
class LiveView {
  readonly #screen = new Screen(process.stdout);
  readonly #end = new AbortController();
  readonly #paint: Paint;
  #sort: SortName;
  #isPaused = false;
  #sample: Sample | undefined;
  #message: string | undefined;

  constructor(sort: SortName, paint: Paint) {
    this.#sort = sort;
    this.#paint = paint;
  }

  /** Aborts when the user quits. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  open(): void {
    this.#screen.open();
    process.stdin.setRawMode(true);
    process.stdin.setEncoding('utf8').on('data', this.#onKeys).resume();
    process.stdout.on('resize', this.#draw);
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    this.#draw();
  }

  update(sample: Sample): void {
    if (this.#isPaused) return;
    this.#sample = sample;
    this.#message = undefined;
    this.#draw();
  }

  fail(message: string): void {
    if (this.ended.aborted) return;
    this.#message = message;
    this.#draw();
  }

  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    process.stdout.off('resize', this.#draw);
    process.stdin.off('data', this.#onKeys).pause();
    process.stdin.setRawMode(false);
    this.#screen.close();
  }

  readonly #onSignal = () => this.#end.abort();

  readonly #onKeys = (text: string) => {
    for (const key of text) this.#onKey(key);
    this.#draw();
  };

  #onKey(key: string): void {
    const sort = SORTS.find((one) => one.key === key);
    if (sort !== undefined) this.#sort = sort.name;
    else if (key === 'n') this.#sort = 'name';
    else if (key === ' ' || key === 'p') this.#isPaused = !this.#isPaused;
    // In raw mode, Ctrl-C is a character.
    else if (key === 'q' || key === '\u0003') this.#end.abort();
  }

  readonly #draw = () => {
    const { size } = this.#screen;
    const [sample, message] = [this.#sample, this.#message];
    if (sample === undefined) {
      this.#screen.show([message ?? 'waiting for the first sample']);
      return;
    }
    const frame = { ...sample, sort: this.#sort, isPaused: this.#isPaused, message };
    this.#screen.show(frameLines(frame, this.#paint, size));
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
