import { PushError, type PushedEntry, type PushedStream } from './stream.ts';

/** Decodes a push request in JSON. Throws a `PushError`. */
export function decodeJsonPush(bytes: Uint8Array): PushedStream[] {
  const body = parse(bytes);
  const streams = isObject(body) ? (body['streams'] ?? []) : undefined;
  if (!Array.isArray(streams)) throw new PushError('expected an object with a list "streams"');
  return streams.map((stream: unknown, index) => streamOf(stream, `streams[${index}]`));
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8').decode(bytes));
  } catch (error) {
    throw new PushError(`expected JSON: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function streamOf(value: unknown, where: string): PushedStream {
  if (!isObject(value)) throw new PushError(`${where}: expected an object`);
  const { stream, values = [] } = value;
  if (!isObject(stream)) throw new PushError(`${where}.stream: expected an object with labels`);
  if (!Array.isArray(values)) throw new PushError(`${where}.values: expected a list`);
  const labels = new Map(textsOf(stream, `${where}.stream`).filter(([, text]) => text !== ''));
  return { labels, entries: values.map((entry: unknown, index) => entryOf(entry, `${where}.values[${index}]`)) };
}

function entryOf(value: unknown, where: string): PushedEntry {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) {
    throw new PushError(`${where}: expected [time, line] or [time, line, metadata]`);
  }
  const [time, line, metadata = {}] = value as readonly unknown[];
  if (typeof time !== 'string' || !/^-?\d{1,19}$/.test(time)) {
    throw new PushError(`${where}[0]: expected nanoseconds since the epoch as a string, got ${JSON.stringify(time)}`);
  }
  if (typeof line !== 'string') throw new PushError(`${where}[1]: expected a string, got ${typeof line}`);
  if (!isObject(metadata)) throw new PushError(`${where}[2]: expected an object with strings`);
  return { time: BigInt(time), line, metadata: textsOf(metadata, `${where}[2]`) };
}

function textsOf(object: Readonly<Record<string, unknown>>, where: string): [string, string][] {
  return Object.entries(object).map(([name, value]) => {
    if (typeof value !== 'string') throw new PushError(`${where}.${name}: expected a string, got ${typeof value}`);
    return [name, value];
  });
}
