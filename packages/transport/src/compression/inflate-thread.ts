import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorMessage } from '../error-message.ts';
import type { Coding, Expanded } from './codecs.ts';

/** A request to the inflate thread. */
export interface InflateRequest {
  readonly coding: Coding;
  readonly input: Uint8Array;
  readonly maxBytes: number;
}

interface Job extends InflateRequest {
  readonly reserve: () => boolean;
  readonly resolve: (result: Expanded | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Compression bombs are small, so larger bodies take precedence: this many for each smaller one. */
const LARGE_INPUT_BYTES = 4096;
const LARGE_PER_SMALL = 3;

/**
 * Decompresses on a separate thread, one body at a time. Calls `reserve` when it is the body's turn, and resolves with
 * `undefined` if `reserve` returns `false`.
 */
export function expandInThread(
  coding: Coding,
  input: Uint8Array,
  maxBytes: number,
  reserve: () => boolean,
): Promise<Expanded | undefined> {
  return new Promise((resolve, reject) => thread.add({ coding, input, maxBytes, reserve, resolve, reject }));
}

class InflateThread {
  readonly #large: Job[] = [];
  readonly #small: Job[] = [];
  #running: Job | undefined;
  #worker: Worker | undefined;
  #turn = 0;

  add(job: Job): void {
    (job.input.length >= LARGE_INPUT_BYTES ? this.#large : this.#small).push(job);
    if (this.#running === undefined) this.#next();
  }

  #next(): void {
    for (;;) {
      const job = this.#shift();
      this.#running = job;
      if (job === undefined) {
        this.#worker?.unref();
        return;
      }
      if (!job.reserve()) {
        job.resolve(undefined);
        continue;
      }
      const { coding, input, maxBytes } = job;
      this.#worker ??= this.#start();
      this.#worker.ref();
      const request: InflateRequest = { coding, input, maxBytes };
      this.#worker.postMessage(request);
      return;
    }
  }

  #shift(): Job | undefined {
    this.#turn = (this.#turn + 1) % (LARGE_PER_SMALL + 1);
    const [first, second] = this.#turn === 0 ? [this.#small, this.#large] : [this.#large, this.#small];
    return first.shift() ?? second.shift();
  }

  #start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const cache = getCompileCacheDir();
    const worker = new Worker(new URL(`./thread.${extension}`, import.meta.url), {
      name: 'otelier-inflate',
      // Some process options, such as `--input-type`, prevent a thread from starting.
      execArgv: [],
      // The default is 96 MB, which a thread fills with garbage before its first collection.
      resourceLimits: { maxYoungGenerationSizeMb: 12 },
      ...(cache === undefined ? {} : { env: { ...process.env, NODE_COMPILE_CACHE: dirname(cache) } }),
    });
    worker.on('message', (result: Expanded) => {
      this.#running?.resolve(result);
      this.#next();
    });
    worker.on('error', (error) => {
      this.#worker = undefined;
      this.#running?.reject(error instanceof Error ? error : new Error(errorMessage(error)));
      this.#next();
    });
    return worker;
  }
}

const thread = new InflateThread();
