import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { LogFile } from './log-file.ts';
import type { LogFileReader } from './reader.ts';
import type { Sink } from './sinks/sink.ts';

/**
 * Reads a compressed file from its position to its end; `send` sends a full batch. The position is that of the compressed
 * bytes, and the number of decompressed bytes after it.
 */
export async function readCompressedFile(
  file: LogFile,
  reader: LogFileReader,
  sink: Sink,
  send: () => Promise<void>,
): Promise<boolean> {
  const end = file.sizeBytes;
  if (file.offset >= end) {
    file.isReadable = false;
    return false;
  }
  const input = createReadStream('', { fd: file.descriptor, autoClose: false, start: file.offset, end: end - 1 });
  const gunzip = input.pipe(createGunzip());
  input.on('error', (error) => gunzip.destroy(error));
  let skipped = file.decompressedBytes;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of gunzip as AsyncIterable<Buffer>) {
    const fresh = skipped > 0 ? chunk.subarray(Math.min(skipped, chunk.length)) : chunk;
    skipped -= chunk.length - fresh.length;
    if (fresh.length === 0) continue;
    rest = rest.length === 0 ? fresh : Buffer.concat([rest, fresh]);
    for (;;) {
      const used = reader.consume(file, rest, file.decompressedBytes, false, sink);
      file.decompressedBytes += used;
      rest = rest.subarray(used);
      if (!reader.isFull(sink)) break;
      await send();
    }
  }
  reader.addRest(file, rest, file.decompressedBytes, sink);
  file.offset = end;
  file.decompressedBytes = 0;
  file.isReadable = false;
  return false;
}
