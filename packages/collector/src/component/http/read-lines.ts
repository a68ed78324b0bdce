import { Buffer } from 'node:buffer';

const LINE_FEED = 10;

/** Splits a body into its lines. Throws for a line of more than `maxBytes`. Empty lines are left out. */
export async function* readLines(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  onChunk?: () => void,
): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const chunk of body) {
    onChunk?.();
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      const part = chunk.subarray(start, end);
      const line = pendingBytes === 0 ? textOf(part) : textOf(Buffer.concat([...pending, part]));
      pending = [];
      pendingBytes = 0;
      start = end + 1;
      if (line !== '') yield line;
    }
    if (start === chunk.length) continue;
    pendingBytes += chunk.length - start;
    if (pendingBytes > maxBytes) throw new Error(`expected lines of at most ${maxBytes} bytes, got a longer one`);
    pending.push(chunk.subarray(start));
  }
  const rest = textOf(Buffer.concat(pending));
  if (rest.trim() !== '') yield rest;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
