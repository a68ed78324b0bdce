import { posix, resolve } from 'node:path';

/** A path with a `*` in place of a value of telemetry. */
export class GroupedPath {
  readonly #prefix: string;
  readonly #suffix: string;

  constructor(path: string) {
    const [prefix = '', suffix = ''] = path.split('*');
    this.#prefix = cleanPrefix(prefix);
    this.#suffix = suffix;
  }

  /**
   * Returns the absolute path for a value, which may contain directories. Like the Collector, it returns only paths that begin
   * with the text before the `*`: `/data/*.json` and `../etc/x` give `/data/etc/x.json`.
   */
  of(value: string): string {
    const segment = value.startsWith('../') ? value.slice(2) : value.startsWith('./') ? value.slice(1) : value;
    const path = posix.normalize(this.#prefix + segment + this.#suffix);
    return resolve(
      path.startsWith(this.#prefix) ? path : posix.join(this.#prefix, posix.join('/', segment + this.#suffix)),
    );
  }
}

/** Normalizes a prefix, but keeps what separates it from the value. */
function cleanPrefix(prefix: string): string {
  const clean = posix.normalize(prefix);
  return clean.startsWith('./') && clean !== './' ? clean.slice(2) : clean;
}
