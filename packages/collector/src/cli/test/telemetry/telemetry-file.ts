import { readFile, stat } from 'node:fs/promises';
import { decodeBase64, normalizeRequest, requestFromJson, SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { signalOfKey } from './write-requests.ts';

/** A request in a telemetry file. */
export interface FileRequest {
  readonly signal: Signal;
  readonly bytes: Uint8Array;
}

/** The requests in a telemetry file, or the first error, with its line if it has one. */
export type TelemetryFile =
  | { readonly ok: true; readonly requests: readonly FileRequest[] }
  | { readonly ok: false; readonly line: number; readonly message: string };

/** Maximum size of a telemetry file, all of which is in memory. */
const MAX_BYTES = 256 << 20;

/**
 * Reads a file with one OTLP/JSON request, or with one in each line, as `otelier export`, `otelier tap --record` and the
 * `file` exporter write them. A signal that has no JSON is a line such as `{"signal":"profiles","protobuf":"<base64>"}`.
 */
export async function readTelemetryFile(path: string, mayBeEmpty = false): Promise<TelemetryFile> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) return failed(0, `expected at most ${MAX_BYTES >> 20} MiB, got ${size >> 20} MiB`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return failed(0, `expected a readable file, got ${code === 'ENOENT' ? 'none' : message}`);
  }
  const lines = [...text.matchAll(/[^\r\n]+/g)].map(([line]) => line).filter((line) => line.trim() !== '');
  const [first] = lines;
  if (first === undefined && mayBeEmpty) return { ok: true, requests: [] };
  if (first === undefined) return failed(0, 'expected OTLP/JSON, got an empty file');
  // A single request can be indented over many lines.
  return parse(first) === undefined ? readRequests([text]) : readRequests(text.split(/\r?\n/));
}

function readRequests(texts: readonly string[]): TelemetryFile {
  const requests: FileRequest[] = [];
  for (const [index, text] of texts.entries()) {
    if (text.trim() === '') continue;
    const request = readOne(text);
    if ('message' in request) return failed(texts.length === 1 ? 0 : index + 1, request.message);
    requests.push(request);
  }
  return { ok: true, requests };
}

function readOne(text: string): FileRequest | { readonly message: string } {
  const json = parse(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    const read = requestFromJson('traces', text);
    return { message: read.ok ? 'expected an OTLP/JSON request, got another value' : read.reason };
  }
  if ('protobuf' in json && 'signal' in json) return readProtobuf(json.signal, json.protobuf);
  const signal = Object.keys(json)
    .map(signalOfKey)
    .find((one) => one !== undefined);
  if (signal === undefined)
    return {
      message: 'expected an OTLP/JSON request with resourceSpans, resourceMetrics or resourceLogs, got none of them',
    };
  const read = requestFromJson(signal, text);
  return read.ok ? { signal, bytes: read.bytes } : { message: read.reason };
}

function readProtobuf(name: unknown, base64: unknown): FileRequest | { readonly message: string } {
  const signal = SIGNAL_NAMES.find((one) => one === name);
  if (signal === undefined)
    return { message: `signal: expected one of ${SIGNAL_NAMES.join(', ')}, got ${JSON.stringify(name)}` };
  const bytes = typeof base64 === 'string' ? decodeBase64(base64) : undefined;
  if (bytes === undefined) return { message: 'protobuf: expected base64, got another value' };
  const normalized = normalizeRequest(signal, bytes);
  return normalized.ok ? { signal, bytes: normalized.bytes } : { message: `protobuf: ${normalized.reason}` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failed(line: number, message: string): TelemetryFile {
  return { ok: false, line, message };
}
