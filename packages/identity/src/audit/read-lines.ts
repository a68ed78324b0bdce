import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 65_536;
const MAX_LINE_BYTES = 1_048_576;
const NEWLINE = 10;

/** A complete line of a log, without its end. */
export interface LogLine {
  readonly bytes: Buffer;
  /** Position of its first byte. */
  readonly start: number;
}

/** Yields the complete lines before a position, the last one first. Holds one line and one chunk at a time. */
export async function* linesBackwards(file: FileHandle, before: number): AsyncGenerator<LogLine, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for (let end = before; end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const chunk = Buffer.concat([await readBytes(file, start, end - start), rest]);
    // What follows the last line end was cut off by a crash.
    let stop = chunk.lastIndexOf(NEWLINE) + 1;
    while (stop > 0) {
      const newline = stop < 2 ? -1 : chunk.lastIndexOf(NEWLINE, stop - 2);
      if (newline < 0 && start > 0) break;
      yield { bytes: chunk.subarray(newline + 1, stop - 1), start: start + newline + 1 };
      stop = newline + 1;
    }
    rest = chunk.includes(NEWLINE) ? chunk.subarray(0, stop) : chunk;
    if (rest.length > MAX_LINE_BYTES) throw new Error(`audit log: expected lines of at most ${MAX_LINE_BYTES} bytes`);
    end = start;
  }
  return undefined;
}

/** Yields the lines between two positions in groups, the first ones first, and then what has no line end. */
export async function* lineGroups(
  file: FileHandle,
  end: number,
  begin = 0,
): AsyncGenerator<readonly (LogLine & { readonly isComplete: boolean })[], undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for (let at = begin; at < end; ) {
    const chunk = Buffer.concat([rest, await readBytes(file, at, Math.min(CHUNK_BYTES, end - at))]);
    const base = at - rest.length;
    at = base + chunk.length;
    const lines = [];
    let start = 0;
    for (let stop = chunk.indexOf(NEWLINE); stop >= 0; stop = chunk.indexOf(NEWLINE, start)) {
      lines.push({ bytes: chunk.subarray(start, stop), start: base + start, isComplete: true });
      start = stop + 1;
    }
    rest = chunk.subarray(start);
    if (rest.length > MAX_LINE_BYTES || (at === end && rest.length > 0)) {
      yield [...lines, { bytes: rest, start: base + start, isComplete: false }];
      return undefined;
    }
    yield lines;
  }
  return undefined;
}

/** Reads bytes at a position. Rejects if the file was truncated meanwhile. */
async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw new Error('audit log: it was truncated while it was read');
    done += bytesRead;
  }
  return buffer;
}
