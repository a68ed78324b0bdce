import { type FieldReader, WireFormatError } from '@otelier/otlp';
import { fieldsOf, intOf, messageOf, textOf } from '../../prometheus/write/fields.ts';
import { RemoteWriteError } from '../../prometheus/write/series.ts';
import { parseStreamLabels } from './parse-labels.ts';
import { PushError, type PushedEntry, type PushedStream } from './stream.ts';

/** Decodes a push request in protobuf (`logproto.PushRequest`). Throws a `PushError`. */
export function decodeProtobufPush(bytes: Uint8Array): PushedStream[] {
  try {
    const streams: PushedStream[] = [];
    for (const field of fieldsOf(bytes, 0, bytes.length)) {
      if (field.field === 1) streams.push(streamOf(messageOf(field)));
    }
    return streams;
  } catch (error) {
    if (!(error instanceof WireFormatError || error instanceof RemoteWriteError)) throw error;
    throw new PushError(`expected a push request: ${error.message}`, { cause: error });
  }
}

function streamOf(fields: Iterable<FieldReader>): PushedStream {
  let labels = '';
  const entries: PushedEntry[] = [];
  for (const field of fields) {
    if (field.field === 1) labels = textOf(field);
    else if (field.field === 2) entries.push(entryOf(messageOf(field)));
  }
  return { labels: parseStreamLabels(labels), entries };
}

function entryOf(fields: Iterable<FieldReader>): PushedEntry {
  let time = 0n;
  let line = '';
  const metadata: (readonly [string, string])[] = [];
  for (const field of fields) {
    if (field.field === 1) time = timeOf(messageOf(field));
    else if (field.field === 2) line = textOf(field);
    else if (field.field === 3) metadata.push(pairOf(messageOf(field)));
  }
  return { time, line, metadata };
}

function timeOf(fields: Iterable<FieldReader>): bigint {
  let [seconds, nanos] = [0, 0];
  for (const field of fields) {
    if (field.field === 1) seconds = intOf(field);
    else if (field.field === 2) nanos = intOf(field);
  }
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

function pairOf(fields: Iterable<FieldReader>): readonly [string, string] {
  let [name, value] = ['', ''];
  for (const field of fields) {
    if (field.field === 1) name = textOf(field);
    else if (field.field === 2) value = textOf(field);
  }
  return [name, value];
}
