import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ComponentContext, Consumer, Receiver } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { StateFile } from '../../component/storage/contract.ts';
import { storageOf } from '../../component/storage/storage-of.ts';
import { pause } from '../../messages/wait.ts';
import { deliver } from '../../operators/deliver.ts';
import { encodeEntries } from '../../operators/encode-entries.ts';
import type { Entry } from '../../operators/entry/entry.ts';
import { createEntryProcessor, type EntryProcessor } from '../../operators/entry-processor.ts';
import { type JournaldConfig, journalctlCommand } from './config.ts';
import { parseLine } from './parse-line.ts';

/** Time after which the program is started again. */
const RESTART_MILLIS = 2_000;
/** Size of a line. A longer one is left out. */
const MAX_LINE_BYTES = 16 << 20;
const NEWLINE = 0x0a;
/** Size of what the program writes to its error output that is shown. */
const MAX_ERROR_CHARACTERS = 500;

/** Runs `journalctl`, and makes log records of what it prints. Its position advances with what pipelines accept. */
export class JournaldReceiver implements Receiver {
  readonly #config: JournaldConfig;
  readonly #next: Consumer;
  readonly #context: ComponentContext;
  readonly #processor: EntryProcessor;
  /** Ends retries. */
  readonly #abort = new AbortController();
  /** Ends reading. */
  readonly #ending = new AbortController();
  #state: StateFile | undefined;
  #cursor = '';
  #child: ChildProcess | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(config: JournaldConfig, next: Consumer, context: ComponentContext) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
    this.#processor = createEntryProcessor(config, context);
  }

  async start(): Promise<void> {
    const { storage } = this.#config;
    const { kind, id, host } = this.#context;
    if (storage !== undefined) this.#state = await storageOf(storage, host).openState({ kind, id }, 'cursor');
    this.#cursor = Buffer.from(this.#state?.value ?? []).toString();
    const first = await this.#spawn();
    this.#running = this.#run(first);
  }

  async drain(deadline: AbortSignal): Promise<void> {
    const abort = (): void => this.#abort.abort();
    deadline.addEventListener('abort', abort);
    await this.#stop();
    await this.#send(this.#processor.pipeline?.flush('all') ?? []);
    deadline.removeEventListener('abort', abort);
  }

  async shutdown(): Promise<void> {
    this.#abort.abort();
    await this.#stop();
    const state = this.#state;
    this.#state = undefined;
    await state?.close();
  }

  async #stop(): Promise<void> {
    this.#ending.abort();
    this.#child?.kill();
    await this.#running;
  }

  async #run(first: ChildProcess): Promise<void> {
    let child: ChildProcess | undefined = first;
    while (!this.#ending.signal.aborted) {
      try {
        await this.#read(child ?? (await this.#spawn()));
      } catch (error) {
        this.#context.logger.warn({ reason: errorMessage(error) }, 'journalctl failed, starting it again');
        this.#context.reportStatus(errorMessage(error));
      }
      child = undefined;
      if (this.#ending.signal.aborted) return;
      await pause(this.#context, RESTART_MILLIS, this.#ending.signal);
    }
  }

  async #spawn(): Promise<ChildProcess> {
    const [program, ...args] = journalctlCommand(this.#config, this.#cursor);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    await once(child, 'spawn');
    if (this.#ending.signal.aborted) child.kill();
    return child;
  }

  /** Reads what the program prints until it exits. Throws if it fails. */
  async #read(child: ChildProcess): Promise<void> {
    const closed = once(child, 'close');
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-MAX_ERROR_CHARACTERS);
    });
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of (child.stdout ?? []) as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = rest.lastIndexOf(NEWLINE) + 1;
      const lines = rest.subarray(0, end);
      rest = rest.subarray(end);
      if (rest.length > MAX_LINE_BYTES) {
        this.#context.logger.warn(`left out an entry of the journal: expected at most ${MAX_LINE_BYTES} bytes`);
        rest = Buffer.alloc(0);
      }
      if (!(await this.#take(lines.toString('utf8')))) child.kill();
      if (this.#ending.signal.aborted) break;
    }
    const [code] = (await closed) as [number | null];
    const reason = errors.trim().split('\n').at(-1);
    if (!this.#ending.signal.aborted && code !== 0) throw new Error(`journalctl exited with code ${code}: ${reason}`);
  }

  /** Passes on the entries of lines. Returns whether they are accepted, so that they need not be read again. */
  async #take(text: string): Promise<boolean> {
    const { convertMessageBytes, includeLogRecordOriginal } = this.#config;
    const observedNanos = BigInt(Math.floor(this.#context.clock.now())) * 1_000_000n;
    const entries: Entry[] = [];
    let last = '';
    for (const line of text.split('\n')) {
      if (line === '') continue;
      try {
        const { cursor, timeNanos, fields } = parseLine(line, convertMessageBytes);
        const entry = this.#processor.create(fields, observedNanos);
        entry.timeNanos = timeNanos;
        if (includeLogRecordOriginal)
          entry.attributes = new Map([...(entry.attributes ?? []), ['log.record.original', line.trim()]]);
        entries.push(entry);
        last = cursor;
      } catch (error) {
        const reason = `${errorMessage(error)}, got ${JSON.stringify(line.slice(0, 80))}`;
        this.#context.logger.warn({ reason }, 'left out a line of journalctl');
      }
    }
    if (last === '') return true;
    const { pipeline } = this.#processor;
    const processed = pipeline === undefined ? entries : [...pipeline.process(entries), ...pipeline.flush('due')];
    if (!(await this.#send(processed))) return false;
    this.#cursor = last;
    await this.#state?.write(Buffer.from(last));
    return true;
  }

  async #send(entries: readonly Entry[]): Promise<boolean> {
    if (entries.length === 0) return true;
    const delivery = { signal: 'logs' as const, bytes: encodeEntries(entries), itemCount: entries.length };
    return deliver(delivery, this.#next, this.#context, this.#config.retryOnFailure, this.#abort.signal);
  }
}
