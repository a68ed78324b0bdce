import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TargetReport } from '../target.ts';
import type { ForwardedBatch, FromServer, ToServer } from './messages.ts';

/** A receiver in a separate process, as seen by its clients. */
export class ReceiverProcess implements AsyncDisposable {
  readonly addresses: readonly string[];
  readonly #child: ChildProcess;
  readonly #waiting = new Map<FromServer['kind'], (message: FromServer) => void>();
  readonly #taken: ForwardedBatch[] = [];
  #crash: string | undefined;
  #longestBlockMillis = 0;
  #slowestInput: Uint8Array | undefined;

  private constructor(child: ChildProcess, addresses: readonly string[], output: () => string) {
    this.#child = child;
    this.addresses = addresses;
    child.on('message', (message: FromServer) => this.#hear(message));
    child.on('exit', (code, signal) => {
      this.#crash = `the server ended with ${signal ?? `code ${code}`}: ${output().slice(-2_000)}`;
      for (const wake of this.#waiting.values()) wake({ kind: 'flushed', longestBlockMillis: 0 });
    });
  }

  /** Starts a receiver of the given type with a configuration. */
  static async start(type: string, config: Readonly<Record<string, unknown>>): Promise<ReceiverProcess> {
    const child = fork(join(import.meta.dirname, 'main.ts'), [type, JSON.stringify(config)], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let output = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-10_000);
    });
    const failed = once(child, 'exit').then(() => Promise.reject(new Error(`server did not start: ${output}`)));
    failed.catch(() => {});
    const [message] = (await Promise.race([once(child, 'message'), failed])) as [FromServer];
    return new ReceiverProcess(child, message.kind === 'listening' ? message.addresses : [], () => output);
  }

  /** Returns the port of the nth announced address. */
  port(index: number): number {
    return Number(/:(\d+)$/.exec(this.addresses[index] ?? '')?.[1]);
  }

  /** Why the process exited, or `undefined` if it is running. */
  get crash(): string | undefined {
    return this.#crash;
  }

  /**
   * Returns what the receiver forwarded since the last call, including everything acknowledged before. `inputs` are the
   * inputs sent since then, among which the slowest is reported.
   */
  async taken(inputs: readonly Uint8Array[]): Promise<readonly ForwardedBatch[]> {
    const flushed = await this.#ask({ kind: 'flush' }, 'flushed');
    if (flushed.kind === 'flushed' && flushed.longestBlockMillis > this.#longestBlockMillis) {
      this.#longestBlockMillis = flushed.longestBlockMillis;
      // The batch's other inputs are unlikely to be the cause.
      this.#slowestInput = inputs.toSorted((a, b) => b.length - a.length)[0];
    }
    return this.#taken.splice(0);
  }

  /** Returns the process's statistics and the errors that it logged. */
  async report(): Promise<Omit<TargetReport, 'accepted' | 'refused'>> {
    if (this.#crash !== undefined) return { ...NO_BLOCK, peakMegabytes: 0, defects: [this.#crash] };
    const report = await this.#ask({ kind: 'report' }, 'report');
    if (report.kind !== 'report') throw new Error(`expected a report, got ${report.kind}`);
    const { longestBlock, peakMegabytes, errors } = report;
    const defects = [...new Set(errors)].slice(0, 5).map((line) => `logged as an error: ${line}`);
    const { ownMillis, wallMillis } = longestBlock;
    return {
      longestBlockMillis: ownMillis,
      longestWallMillis: wallMillis,
      isBlockBounded: true,
      ...(this.#slowestInput === undefined ? {} : { slowestInput: this.#slowestInput }),
      peakMegabytes,
      defects,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#crash !== undefined) return;
    const ended = once(this.#child, 'exit');
    this.#child.send({ kind: 'stop' } satisfies ToServer);
    await ended;
  }

  #hear(message: FromServer): void {
    if (message.kind === 'taken') this.#taken.push(...message.taken);
    else this.#waiting.get(message.kind)?.(message);
  }

  async #ask(message: ToServer, response: FromServer['kind']): Promise<FromServer> {
    if (this.#crash !== undefined) throw new Error(this.#crash);
    const { promise, resolve } = Promise.withResolvers<FromServer>();
    this.#waiting.set(response, resolve);
    this.#child.send(message);
    const heard = await promise;
    this.#waiting.delete(response);
    if (this.#crash !== undefined) throw new Error(this.#crash);
    return heard;
  }
}

const NO_BLOCK = { longestBlockMillis: 0, longestWallMillis: 0, isBlockBounded: true };
