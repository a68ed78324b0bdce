import { crc32 } from 'node:zlib';
import { errorMessage } from '../error-message.ts';
import { CHECKSUMS_KEY, type FileChecksums, parseChecksums } from './checksums.ts';
import { type FileBytes, type FileOpener, PLAIN_FILES } from './file-bytes.ts';
import { keyValues, type ParquetFooter, readFooter } from './read-metadata.ts';
import { readThriftPrefix, type ThriftValue } from './thrift-reader.ts';

/** The result of verifying a file. */
export interface ParquetReport {
  /** Number of rows, or 0 if the footer cannot be read. */
  readonly rows: number;
  /**
   * Whether the file has checksums. Files written by older versions have none, and only their structure is verified.
   */
  readonly hasChecksums: boolean;
  /** Descriptions of damaged parts, such as `column name, row group 0: the checksum of page 3 differs`. */
  readonly damage: readonly string[];
  /** Number of rows whose values cannot be trusted. */
  readonly damagedRows: number;
}

/**
 * Verifies every byte of one of the store's Parquet files against its checksums. Throws only if the file cannot be
 * opened.
 */
export function verifyParquet(path: string, files: FileOpener = PLAIN_FILES): ParquetReport {
  const file = files.open(path);
  try {
    return new FileCheck(file, readFooter(file, path)).run();
  } catch (error) {
    const message = errorMessage(error);
    return { rows: 0, hasChecksums: true, damage: [message.replace(`${path}: `, '')], damagedRows: 0 };
  } finally {
    file.close();
  }
}

const MAGIC = Buffer.from('PAR1');
/** Maximum page header size to read. Larger than any page header in these files. */
const MAX_HEADER_BYTES = 256;

interface Chunk {
  readonly column: string;
  readonly offset: number;
  readonly bytes: number;
}

interface Group {
  readonly index: number;
  readonly rows: number;
  readonly chunks: readonly Chunk[];
}

class FileCheck {
  readonly #footer: ParquetFooter;
  readonly #window: Window;
  readonly #damage: string[] = [];
  readonly #damagedGroups = new Set<Group>();
  #damagedRows = 0;
  /** Running checksum of the magic and the page headers. */
  #headers = 0;
  #pagesWithChecksum = 0;
  #pages = 0;

  constructor(file: FileBytes, footer: ParquetFooter) {
    this.#footer = footer;
    this.#window = new Window(file, footer.offset);
  }

  run(): ParquetReport {
    const { fields, offset } = this.#footer;
    const rows = Number(fields.get(3) ?? 0);
    const value = keyValues(fields).get(CHECKSUMS_KEY);
    const checksums = value === undefined ? undefined : parseChecksums(value);
    const magic = this.#window.read(0, MAGIC.length);
    if (!magic.equals(MAGIC)) this.#add('the file does not start with PAR1', 0);
    this.#headers = crc32(magic);
    let end = MAGIC.length;
    for (const group of groupsOf(fields)) {
      for (const chunk of group.chunks) {
        const what = this.#checkChunk(chunk);
        if (what !== undefined) {
          this.#add(`column ${chunk.column}, row group ${group.index}: ${what}`, 0);
          this.#damagedGroups.add(group);
        }
        end = Math.max(end, chunk.offset + chunk.bytes);
      }
    }
    const hasChecksums = checksums !== undefined || this.#pagesWithChecksum > 0;
    if (hasChecksums) this.#checkRest(checksums, end, offset, rows);
    for (const group of this.#damagedGroups) this.#damagedRows += group.rows;
    return { rows, hasChecksums, damage: this.#damage, damagedRows: Math.min(rows, this.#damagedRows) };
  }

  #checkRest(checksums: FileChecksums | undefined, end: number, footerOffset: number, rows: number): void {
    if (checksums === undefined) {
      this.#add('the footer has no checksums although the pages have', rows);
      return;
    }
    const complete = this.#pagesWithChecksum === this.#pages;
    // An unreadable header has already been reported, and it changes the checksum over all headers.
    if (this.#damage.length === 0 && (!complete || this.#headers !== checksums.headers)) {
      this.#add('the checksum of the page headers differs', rows);
    }
    if (this.#window.checksum(end, footerOffset - end) !== checksums.attachment) {
      this.#add('the checksum of the trace index and the summary differs', 0);
    }
  }

  /** Describes the damage to a column chunk, if any. */
  #checkChunk({ offset, bytes }: Chunk): string | undefined {
    const end = offset + bytes;
    for (let at = offset, page = 0; at < end; page++) {
      const header = this.#window.read(at, Math.min(MAX_HEADER_BYTES, end - at));
      const read = readPageHeader(header);
      if (read === undefined || at + read.headerBytes + read.bodyBytes > end)
        return `the header of page ${page} is damaged`;
      this.#headers = crc32(header.subarray(0, read.headerBytes), this.#headers);
      this.#pages += 1;
      if (read.checksum !== undefined) {
        this.#pagesWithChecksum += 1;
        if (this.#window.checksum(at + read.headerBytes, read.bodyBytes) !== read.checksum) {
          return `the checksum of page ${page} differs`;
        }
      }
      at += read.headerBytes + read.bodyBytes;
    }
    return undefined;
  }

  #add(what: string, rows: number): void {
    this.#damage.push(what);
    this.#damagedRows += rows;
  }
}

function readPageHeader(bytes: Uint8Array) {
  try {
    const { fields, length } = readThriftPrefix(bytes);
    const bodyBytes = Number(fields.get(3));
    const checksum = fields.get(4);
    if (!Number.isSafeInteger(bodyBytes) || bodyBytes < 0) return undefined;
    return {
      headerBytes: length,
      bodyBytes,
      checksum: checksum === undefined ? undefined : Number(checksum) >>> 0,
    };
  } catch {
    return undefined;
  }
}

function groupsOf(footer: ReadonlyMap<number, ThriftValue>): readonly Group[] {
  return structs(footer.get(4)).map((group, index) => ({
    index,
    rows: Number(group.get(3) ?? 0),
    chunks: structs(group.get(1)).flatMap((column) => {
      const meta = column.get(3);
      if (!(meta instanceof Map)) return [];
      const path = meta.get(3);
      const names = Array.isArray(path) ? path.map((name) => Buffer.from(name as Uint8Array).toString()) : [];
      const offset = Number(meta.get(11) ?? meta.get(9));
      return [{ column: names.join('.'), offset, bytes: Number(meta.get(7)) }];
    }),
  }));
}

function structs(value: ThriftValue | undefined): readonly ReadonlyMap<number, ThriftValue>[] {
  return Array.isArray(value) ? value.filter((item) => item instanceof Map) : [];
}

/** Reads a file in large pieces and buffers one at a time. */
class Window {
  readonly #file: FileBytes;
  readonly #end: number;
  readonly #buffer: Buffer;
  #start = 0;
  #filled = 0;

  /** Creates a window over the file up to `end`. */
  constructor(file: FileBytes, end: number) {
    this.#file = file;
    this.#end = end;
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(1 << 20, Math.max(end, MAGIC.length)));
  }

  /** Returns `length` bytes from a position, or fewer at the end. They are valid until the next call. */
  read(position: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.#end - position, this.#buffer.length));
    if (position < this.#start || position + wanted > this.#start + this.#filled) this.#fill(position);
    const from = position - this.#start;
    return this.#buffer.subarray(from, Math.min(from + wanted, this.#filled));
  }

  /** Returns the checksum of `length` bytes from a position, or fewer at the end of the file. */
  checksum(position: number, length: number): number {
    let sum = 0;
    for (let at = position, end = position + length; at < end; ) {
      const some = this.read(at, end - at);
      if (some.length === 0) break;
      sum = crc32(some, sum);
      at += some.length;
    }
    return sum;
  }

  #fill(position: number): void {
    this.#start = position;
    this.#filled = 0;
    const wanted = Math.min(this.#buffer.length, this.#end - position);
    this.#filled = this.#file.read(this.#buffer.subarray(0, wanted), position);
  }
}
