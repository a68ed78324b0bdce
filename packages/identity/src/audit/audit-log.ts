import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fdatasync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  write,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type AuditEvent, NO_PREVIOUS } from './entry.ts';
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
 * share one write and one fsync. Only one process at a time may write to a log.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #key: KeyObject;
  readonly #descriptor: number;
  #sequence: number;
  #previous: string;
  #position: number;
  #waiting: AuditEvent[] = [];
  #suppressed = 0;
  #writing: Promise<void> | undefined;

  private constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#key = openSigningKey(options.directory);
    const file = join(options.directory, AUDIT_FILE);
    const end = endOf(file, createPublicKey(this.#key));
    this.#descriptor = openSync(file, existsSync(file) ? 'r+' : 'wx+', 0o600);
    this.#sequence = end.sequence;
    this.#previous = end.hash;
    this.#position = end.bytes;
    // A line that a crash cut off was never durable.
    ftruncateSync(this.#descriptor, end.bytes);
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
    let text = '';
    for (const event of events) {
      this.#sequence += 1;
      const line = formatLine({ sequence: this.#sequence, previous: this.#previous, ...event }, this.#key);
      this.#previous = hashLine(line);
      text += `${line}\n`;
    }
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await writeTo(this.#descriptor, bytes, done, bytes.length - done, this.#position + done);
      done += bytesWritten;
    }
    this.#position += bytes.length;
    await syncData(this.#descriptor);
    this.#writeHead();
    for (const event of events) this.#options.onEntry?.(event);
  }

  #writeHead(): void {
    const file = join(this.#options.directory, HEAD_FILE);
    const head = { timeMillis: 0, subject: 'head', action: 'head', outcome: 'allowed' } as const;
    const entry = { sequence: this.#sequence, previous: this.#previous, ...head };
    writeFileSync(`${file}.new`, `${formatLine(entry, this.#key)}\n`, { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }
}

/** Returns the end of the complete lines of a log. */
function endOf(file: string, key: KeyObject): AuditHead & { readonly bytes: number } {
  if (!existsSync(file)) return { sequence: 0, hash: NO_PREVIOUS, bytes: 0 };
  const text = readFileSync(file);
  const bytes = text.lastIndexOf('\n') + 1;
  if (bytes === 0) return { sequence: 0, hash: NO_PREVIOUS, bytes };
  const line = text.toString('utf8', text.lastIndexOf('\n', bytes - 2) + 1, bytes - 1);
  const entry = readLine(line, key);
  if (typeof entry === 'string')
    throw new Error(
      `${file}: the last line is damaged: ${entry}; run \`otelier audit verify\`, and move the log away to start a new one`,
    );
  return { sequence: entry.sequence, hash: hashLine(line), bytes };
}
