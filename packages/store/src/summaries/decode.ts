import { crc32 } from 'node:zlib';
import { SECTIONS, type SeverityCell, SUMMARY_VERSION, type VolumeCell } from './encode.ts';
import type { ErrorCell } from './errors.ts';
import type { OperationCell } from './operations.ts';
import type { ServiceCell } from './services.ts';

/** The durations of an operation in a cell. The buckets follow. */
export type OperationEntry = Omit<OperationCell, 'buckets'>;

/** Counts of durations by bucket. */
export interface BucketCounts {
  addBucket(bucket: number, count: number): void;
}

/**
 * Reads an encoded summary, section by section in the order of the methods. Throws if it is damaged. Callers must read
 * or skip each section.
 */
export class SummaryReader {
  readonly cellSeconds: number;
  readonly hasNames: boolean;
  readonly strings: readonly string[];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #sections: number;
  readonly #firstCell: number;
  #at = 4;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 8 || crc32(bytes.subarray(4)) !== this.#view.getUint32(0, true)) {
      throw new Error('the checksum of a summary differs');
    }
    const version = this.#number();
    if (version !== SUMMARY_VERSION) throw new Error(`summary: expected version ${SUMMARY_VERSION}, got ${version}`);
    this.cellSeconds = this.#number();
    this.#sections = this.#number();
    this.hasNames = (this.#sections & SECTIONS.names) !== 0;
    this.#firstCell = this.#number();
    this.strings = Array.from({ length: this.#number() }, () => this.#text());
  }

  services(): readonly ServiceCell[] {
    return Array.from({ length: this.#number() }, () => ({
      cell: this.#firstCell + this.#number(),
      service: this.#number(),
      version: this.#number(),
      items: this.#number(),
      serving: this.#number() === 1,
      lastOffset: this.#number(),
    }));
  }

  get hasOperations(): boolean {
    return (this.#sections & SECTIONS.operations) !== 0;
  }

  get hasErrors(): boolean {
    return (this.#sections & SECTIONS.errors) !== 0;
  }

  get hasSeverities(): boolean {
    return (this.#sections & SECTIONS.severities) !== 0;
  }

  /**
   * Calls `visit` for each operation. If it returns counts, the operation's buckets are added to them.
   */
  operations(visit: (operation: OperationEntry) => BucketCounts | undefined): void {
    if (!this.hasOperations) return;
    for (let left = this.#number(); left > 0; left--) {
      const cell = this.#firstCell + this.#number();
      const service = this.#number();
      const name = this.#number();
      const bits = this.#number();
      const count = this.#number();
      const sum = this.#view.getFloat64(this.#at, true);
      this.#at += 8;
      const min = signedOf(this.#number());
      const max = signedOf(this.#number());
      this.#buckets(visit({ cell, service, name, bits, count, sum, min, max }));
    }
  }

  errors(): readonly ErrorCell[] {
    if (!this.hasErrors) return [];
    return Array.from({ length: this.#number() }, () => ({
      cell: this.#firstCell + this.#number(),
      service: this.#number(),
      name: this.#number(),
      type: this.#number(),
      message: this.#number(),
      count: this.#number(),
      firstOffset: this.#number(),
      lastOffset: this.#number(),
      traceId: this.#number(),
    }));
  }

  severities(): readonly SeverityCell[] {
    if (!this.hasSeverities) return [];
    return Array.from({ length: this.#number() }, () => ({
      cell: this.#firstCell + this.#number(),
      service: this.#number(),
      level: this.#number(),
      count: this.#number(),
    }));
  }

  /** Skips the sections before that of volumes. */
  skipToVolumes(): void {
    this.services();
    this.operations(() => undefined);
    this.errors();
    this.severities();
  }

  volumes(): readonly VolumeCell[] {
    if ((this.#sections & SECTIONS.volumes) === 0) return [];
    return Array.from({ length: this.#number() }, () => ({
      cell: this.#firstCell + this.#number(),
      service: this.#number(),
      name: this.#number(),
      level: this.#number(),
      items: this.#number(),
      bytes: this.#number(),
    }));
  }

  #buckets(counts: BucketCounts | undefined): void {
    const bytes = this.#bytes;
    const number = this.#number();
    let at = this.#at;
    let bucket = 0;
    for (let left = number; left > 0; left--) {
      const distance = bytes[at] as number;
      const count = bytes[at + 1] as number;
      if ((distance | count) < 0x80) {
        at += 2;
        bucket += distance;
        counts?.addBucket(bucket, count);
        continue;
      }
      this.#at = at;
      bucket += this.#number();
      const large = this.#number();
      at = this.#at;
      counts?.addBucket(bucket, large);
    }
    this.#at = at;
  }

  #number(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++] as number;
    let value = byte & 0x7f;
    for (let scale = 128; byte > 0x7f; scale *= 128) {
      byte = bytes[this.#at++] as number;
      value += (byte & 0x7f) * scale;
    }
    return value;
  }

  #text(): string {
    const length = this.#number();
    const from = this.#bytes.byteOffset + this.#at;
    this.#at += length;
    return Buffer.from(this.#bytes.buffer, from, length).toString();
  }
}

function signedOf(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
