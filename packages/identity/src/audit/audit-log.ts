import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  renameSync,
  write,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AuditLock } from './audit-lock.ts';
import { type AuditEvent, NO_PREVIOUS } from './entry.ts';
import { lastLine } from './last-line.ts';
import { formatLine, hashLine, readLine } from './line.ts';
import { openSigningKey } from './signing-key.ts';

const writeTo = promisify(write);
const syncData = promisify(fdatasync);

export const AUDIT_FILE = 'audit.log';
export const HEAD_FILE = 'audit-head.json';
/** Events that wait to be written. More are counted, not kept. */
const MAX_WAITING = 10_000;

/** The last entry that is durable, signed like an entry, so that a log without its end is noticed. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

/** The end of the complete lines of a log. */
interface LogEnd extends AuditHead {
  readonly bytes: number;
}

/** Options for `AuditLog.open`. */
export interface AuditLogOptions {
  readonly directory: string;
  /** Called with each entry that is durable. */
  readonly onEntry?: ((event: AuditEvent) => void) | undefined;
  /** Called if the log cannot be written. */
  readonly onError: (error: unknown) => void;
}

/**
 * An append-only log of what happened. Each line is signed and contains the hash of the line before. Lines that are recorded together
 * share one write and one fsync. Several processes and threads can write to a log: they take turns.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #key: KeyObject;
  readonly #descriptor: number;
  readonly #lock: AuditLock;
  readonly #file: string;
  #end: LogEnd;
  #waiting: AuditEvent[] = [];
  #suppressed = 0;
  #writing: Promise<void> | undefined;

  private constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#key = openSigningKey(options.directory);
    const file = join(options.directory, AUDIT_FILE);
    this.#file = file;
    this.#descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#end = endOf(file, createPublicKey(this.#key));
    this.#lock = new AuditLock(options.directory);
  }

  /** Opens the log of a directory, and creates both. Throws if its last line was not written with the key of the directory. */
  static open(options: AuditLogOptions): AuditLog {
    return new AuditLog(options);
  }

  /** Appends an event. It is durable when `flush` resolves. */
  record(event: AuditEvent): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#suppressed += 1;
      return;
    }
    this.#waiting.push(this.#suppressed === 0 ? event : { ...event, suppressed: this.#suppressed });
    this.#suppressed = 0;
    this.#writing ??= this.#write();
  }

  /** Resolves when everything that was recorded before is durable. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async close(): Promise<void> {
    await this.flush();
    closeSync(this.#descriptor);
    this.#lock.close();
  }

  async #write(): Promise<void> {
    // Events of the same turn of the event loop share a write.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) await this.#writeGroup(this.#waiting.splice(0));
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeGroup(events: readonly AuditEvent[]): Promise<void> {
    await this.#lock.acquire();
    try {
      await this.#append(events);
    } finally {
      this.#lock.release();
    }
    for (const event of events) this.#options.onEntry?.(event);
  }

  async #append(events: readonly AuditEvent[]): Promise<void> {
    // Another process may have appended, or a crash have cut off a line, which then was never durable.
    if (fstatSync(this.#descriptor).size !== this.#end.bytes) {
      this.#end = endOf(this.#file, createPublicKey(this.#key));
      ftruncateSync(this.#descriptor, this.#end.bytes);
    }
    let { sequence, hash } = this.#end;
    let text = '';
    for (const event of events) {
      sequence += 1;
      const line = formatLine({ sequence, previous: hash, ...event }, this.#key);
      hash = hashLine(line);
      text += `${line}\n`;
    }
    const bytes = Buffer.from(text);
    const start = this.#end.bytes;
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await writeTo(this.#descriptor, bytes, done, bytes.length - done, start + done);
      done += bytesWritten;
    }
    await syncData(this.#descriptor);
    this.#end = { sequence, hash, bytes: start + bytes.length };
    this.#writeHead();
  }

  #writeHead(): void {
    const file = join(this.#options.directory, HEAD_FILE);
    const head = { timeMillis: 0, subject: 'head', action: 'head', outcome: 'allowed' } as const;
    const entry = { sequence: this.#end.sequence, previous: this.#end.hash, ...head };
    writeFileSync(`${file}.new`, `${formatLine(entry, this.#key)}\n`, { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }
}

/** Returns the end of the complete lines of a log. Reads only its last part. */
function endOf(file: string, key: KeyObject): LogEnd {
  const { bytes, line } = lastLine(file);
  if (line === undefined) return { sequence: 0, hash: NO_PREVIOUS, bytes };
  const entry = readLine(line, key);
  if (typeof entry === 'string')
    throw new Error(
      `${file}: the last line is damaged: ${entry}; run \`otelier audit verify\`, and move the log away to start a new one`,
    );
  return { sequence: entry.sequence, hash: hashLine(line), bytes };
}
