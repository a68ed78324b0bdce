import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OpenSpan } from '../telemetry.ts';

/** Where and when a span was started. */
export interface CallSite {
  readonly place: string | undefined;
  /** Position among all spans of the process. */
  readonly order: number;
}

/** Records where the program starts each span. */
export class CallSites {
  readonly #sites = new Map<string, CallSite>();
  readonly #open = new Map<string, OpenSpan>();
  #order = 0;

  /** Records the start of a span, while the program's functions are on the stack. */
  start(spanId: string, name: string): void {
    const place = currentPlace();
    this.#sites.set(spanId, { place, order: this.#order++ });
    this.#open.set(spanId, { name, place });
  }

  end(spanId: string): void {
    this.#open.delete(spanId);
  }

  of(spanId: string): CallSite | undefined {
    return this.#sites.get(spanId);
  }

  openSpans(): readonly OpenSpan[] {
    return [...this.#open.values()];
  }
}

/** Frames to search. Frameworks put many between the program's handler and its query. */
const MAX_FRAMES = 64;

/** The directories whose functions start spans for the program. */
const OWN = [dirname(import.meta.dirname), ...directoryOfSdk()];

/** Jest does not resolve modules this way. There, the SDK is in `node_modules`. */
function directoryOfSdk(): readonly string[] {
  const resolve = import.meta.resolve as ((specifier: string) => string) | undefined;
  return resolve === undefined ? [] : [dirname(fileURLToPath(resolve('@otelier/sdk')))];
}

/** Returns the first function on the stack outside libraries, or `undefined`. */
function currentPlace(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = MAX_FRAMES;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  for (const frame of stack.split('\n').slice(1)) {
    const [, location, position] = /\(?((?:file:\/\/)?[^\s()]+):(\d+:\d+)\)?$/.exec(frame) ?? [];
    if (location === undefined || position === undefined || location.startsWith('node:')) continue;
    const path = location.startsWith('file:') ? fileURLToPath(location) : location;
    if (/[\\/]node_modules[\\/]/.test(path) || (isOwn(path) && !/\.test\.\w+$/.test(path))) continue;
    return `${relative(process.cwd(), path)}:${position}`;
  }
  return undefined;
}

function isOwn(path: string): boolean {
  return OWN.some((directory) => path.startsWith(directory));
}
