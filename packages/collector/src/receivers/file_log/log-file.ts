import { closeSync, openSync } from 'node:fs';
import type { ValueMap } from '../../ottl/values/value.ts';
import { type StoredFingerprint, storedFingerprint } from './fingerprint.ts';

/** The position in a file, which survives a move of the file and a restart. */
export interface FilePosition {
  readonly fingerprint: StoredFingerprint;
  readonly offset: number;
  readonly recordCount: number;
  /** Attributes from the header. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly hasReadHeader: boolean;
  /** Whether the rest of a log record that is too large is being left out. */
  readonly isSkipping: boolean;
  /** Number of decompressed bytes after `offset` that were read. */
  readonly decompressedBytes: number;
}

/** A file that is read. */
export class LogFile {
  /** Device and inode. */
  key: string;
  path: string;
  fingerprint: Buffer;
  /** Attributes of its log records. */
  attributes: ValueMap = new Map();
  header: Record<string, unknown> = {};
  hasReadHeader = false;
  /** Position of the next byte to read. */
  offset = 0;
  recordCount = 0;
  isSkipping = false;
  decompressedBytes = 0;
  isCompressed = false;
  /** What is delivered: this is stored. */
  committed = { offset: 0, recordCount: 0, isSkipping: false, decompressedBytes: 0 };
  sizeBytes = 0;
  changedMillis = 0;
  /** Whether the file may have bytes that are not read. */
  isReadable = true;
  /** Bytes at the end that are no complete log record, and since when. */
  incompleteBytes = 0;
  incompleteSinceMillis = 0;
  /** Number of polls since the path has disappeared or has become another file. */
  lostPolls = 0;
  #descriptor: number | undefined;

  constructor(key: string, path: string, descriptor: number, fingerprint: Buffer) {
    this.key = key;
    this.path = path;
    this.#descriptor = descriptor;
    this.fingerprint = fingerprint;
  }

  /** The open file. Opens it again if it was closed to save descriptors. */
  get descriptor(): number {
    this.#descriptor ??= openSync(this.path, 'r');
    return this.#descriptor;
  }

  get isOpen(): boolean {
    return this.#descriptor !== undefined;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** Continues with a copy of the file, after the file itself has disappeared. */
  moveTo(key: string, path: string, descriptor: number): void {
    this.close();
    this.key = key;
    this.path = path;
    this.#descriptor = descriptor;
    this.lostPolls = 0;
  }

  /** Continues where an earlier file with the same beginning was. */
  resume(position: Omit<FilePosition, 'fingerprint'>): void {
    this.offset = position.offset;
    this.recordCount = position.recordCount;
    this.header = { ...position.header };
    this.hasReadHeader = position.hasReadHeader;
    this.isSkipping = position.isSkipping;
    this.decompressedBytes = position.decompressedBytes;
    this.commit(this.progress());
  }

  /** Returns how far the file is read. */
  progress(): LogFile['committed'] {
    const { offset, recordCount, isSkipping, decompressedBytes } = this;
    return { offset, recordCount, isSkipping, decompressedBytes };
  }

  /** Records what is delivered. */
  commit(progress: LogFile['committed']): void {
    this.committed = progress;
  }

  /** Returns the position to store, of what is delivered. */
  position(): FilePosition {
    const { header, hasReadHeader, committed } = this;
    return { fingerprint: storedFingerprint(this.fingerprint), header, hasReadHeader, ...committed };
  }
}
