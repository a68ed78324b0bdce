import { zstdDecompressSync } from 'node:zlib';
import { normalizeRequest, requestFromJson, type Signal } from '@otelier/otlp';
import { errorMessage } from '../../component/error-message.ts';
import { ByteQueue, fileBytes, isZstd, MAX_RECORD_BYTES } from './bytes.ts';

/** A record of a file: an export request, or what is wrong with it. */
export type ImportRecord = {
  /** Number of records of the file up to and including this one. */
  readonly count: number;
  /** Its place in the file, such as `line 3`. */
  readonly place: string;
} & (
  | { readonly kind: 'request'; readonly signal: Signal; readonly bytes: Uint8Array; readonly itemCount: number }
  | { readonly kind: 'refused'; readonly reason: string; readonly items?: number }
);

type Decoded =
  | { readonly kind: 'request'; readonly signal: Signal; readonly bytes: Uint8Array; readonly itemCount: number }
  | { readonly kind: 'refused'; readonly reason: string };

/** Options for `readOtlpFile`. */
export interface ReadOptions {
  /** Signal of protobuf messages, if they do not show it. */
  readonly signal?: Signal | undefined;
  /** Number of records to skip. */
  readonly skip: number;
}

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

/**
 * Reads the export requests of a file: OTLP/JSON, one request per line or a single document, or protobuf, each message
 * after its length (4 bytes, big-endian), as the Collector's `file` exporter writes them. The file, or each message after
 * its length, may be compressed.
 */
export async function* readOtlpFile(path: string, options: ReadOptions): AsyncGenerator<ImportRecord> {
  const queue = new ByteQueue(fileBytes(path));
  let count = 0;
  const unit = { name: 'record' };
  try {
    await queue.fill(1);
    const isJson = isJsonStart(queue.peek());
    unit.name = isJson ? 'line' : 'message';
    const records = isJson ? jsonRecords(queue) : messages(queue);
    for await (const read of records) {
      count += 1;
      if (count <= options.skip) continue;
      if (read === undefined) continue;
      const place = `${unit.name} ${count}`;
      yield { count, place, ...(read instanceof Error ? refused(read.message) : decode(read, options.signal)) };
    }
  } catch (error) {
    // A damaged compressed stream, or an unreadable file.
    yield { count: count + 1, place: `after ${unit.name} ${count}`, ...refused(errorMessage(error)) };
  } finally {
    await queue.close();
  }
}

function isJsonStart(bytes: Buffer): boolean {
  const first = bytes.find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte));
  // A length begins with 0 unless a message has 16 MB.
  return first === 0x7b;
}

/** Reads lines, or a document that spans all lines. Empty lines are `undefined`. */
async function* jsonRecords(queue: ByteQueue): AsyncGenerator<Buffer | Error | undefined> {
  let line = await queue.takeLine();
  while (line !== undefined && isBlank(line)) {
    yield undefined;
    line = await queue.takeLine();
  }
  if (line !== undefined && isDocumentStart(line)) {
    while (queue.length <= MAX_RECORD_BYTES && (await queue.more()));
    yield Buffer.concat([line, Buffer.from('\n'), queue.take(queue.length)]);
    return;
  }
  for (; line !== undefined; line = await queue.takeLine()) yield isBlank(line) ? undefined : line;
}

/** Reports whether a line is the first one of an indented document. */
function isDocumentStart(line: Buffer): boolean {
  return line.length < 200 && /^\s*\{\s*("\w+"\s*:\s*\[?\s*\{?\s*)?$/.test(line.toString());
}

function isBlank(line: Buffer): boolean {
  return line.length < 200 && line.toString().trim() === '';
}

async function* messages(queue: ByteQueue): AsyncGenerator<Buffer | Error> {
  while (await queue.fill(1)) {
    if (!(await queue.fill(4))) {
      yield new Error(`expected the length of a message in 4 bytes, got ${queue.length} bytes at the end`);
      return;
    }
    const length = queue.take(4).readUInt32BE();
    if (length > MAX_RECORD_BYTES) {
      yield new Error(`expected a message of at most ${MAX_RECORD_BYTES} bytes, got ${length}; the rest is skipped`);
      return;
    }
    if (!(await queue.fill(length))) {
      yield new Error(`expected ${length} bytes, got ${queue.length} at the end`);
      return;
    }
    yield queue.take(length);
  }
}

function decode(bytes: Buffer, signal: Signal | undefined): Decoded {
  let message: Buffer = bytes;
  if (isZstd(bytes)) {
    try {
      message = zstdDecompressSync(bytes, { maxOutputLength: MAX_RECORD_BYTES });
    } catch (error) {
      return refused(`cannot be decompressed: ${errorMessage(error)}`);
    }
  }
  return isJsonStart(message) ? decodeJson(message) : decodeProtobuf(message, signal);
}

function decodeJson(bytes: Buffer): Decoded {
  const key = /"(resourceSpans|resource_spans|resourceMetrics|resource_metrics|resourceLogs|resource_logs)"\s*:/.exec(
    bytes.subarray(0, 4096).toString(),
  )?.[1];
  const signal = key === undefined ? undefined : KEYS[key.replace(/_([a-z])/, (_, letter) => letter.toUpperCase())];
  if (signal === undefined) {
    return refused('expected resourceSpans, resourceMetrics or resourceLogs, found none of them');
  }
  const request = requestFromJson(signal, bytes);
  return request.ok
    ? { kind: 'request', signal, bytes: request.bytes, itemCount: request.itemCount }
    : refused(request.reason);
}

const KEYS: Readonly<Record<string, Signal>> = {
  resourceSpans: 'traces',
  resourceMetrics: 'metrics',
  resourceLogs: 'logs',
};

/** Decodes a message, whose signal shows in the types of its fields. */
function decodeProtobuf(bytes: Buffer, signal: Signal | undefined): Decoded {
  const candidates = signal === undefined ? SIGNALS : [signal];
  const own = new Uint8Array(bytes);
  const fitting = candidates.flatMap((candidate) => {
    const request = normalizeRequest(candidate, own);
    return request.ok ? [{ candidate, request }] : [];
  });
  const [first, second] = fitting;
  if (first === undefined) {
    const { ok, ...failed } = normalizeRequest(candidates[0] ?? 'traces', own);
    const reason = !ok && 'reason' in failed ? String(failed.reason) : 'invalid';
    return refused(signal === undefined ? `expected an export request: as traces: ${reason}` : reason);
  }
  if (second !== undefined && second.request.itemCount > 0) {
    return refused(`could be ${fitting.map(({ candidate }) => candidate).join(' or ')}: name it with --signal`);
  }
  return {
    kind: 'request',
    signal: first.candidate,
    bytes: first.request.bytes,
    itemCount: first.request.itemCount,
  };
}

function refused(reason: string): { readonly kind: 'refused'; readonly reason: string } {
  return { kind: 'refused', reason };
}
