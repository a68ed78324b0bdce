import { deflateSync } from 'node:zlib';
import { normalizeRequest } from '@otelier/otlp';
import type { Random } from '@otelier/testkit';
import { MessagePackError } from '../../../packages/collector/src/fluent/message-pack-reader.ts';
import { MessagePackScanner } from '../../../packages/collector/src/fluent/message-pack-scanner.ts';
import { encodeEntries } from '../../../packages/collector/src/operators/encode-entries.ts';
import type { Entry } from '../../../packages/collector/src/operators/entry/entry.ts';
import { BeatsProtocol } from '../../../packages/collector/src/receivers/beats/protocol.ts';
import {
  BulkError,
  parseBulkRequest,
} from '../../../packages/collector/src/receivers/elasticsearch_bulk/bulk-request.ts';
import { openMessage } from '../../../packages/collector/src/receivers/fluent_forward/messages.ts';
import { ProtocolError } from '../../../packages/collector/src/receivers/framed_logs/connection.ts';
import { parseEvents } from '../../../packages/collector/src/receivers/splunk_hec/events.ts';
import { metadataField } from '../../../packages/collector/src/splunk/metadata.ts';
import { fluentCases } from '../../interop/fluent/cases.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import type { FuzzTarget } from '../target.ts';
import { type DecoderOutcome, openDecoders } from './decoders.ts';

const MAX_BYTES = 1 << 20;
const DOCUMENTS = [
  '{"create":{"_index":"i"}}\n{"@timestamp":"2023-11-14T22:13:20.5Z","message":"m","log":{"level":"info"},"trace.id":"0"}\n',
  '{"index":{"_id":"1"}}\n{"a":[1,1.0,null,{"b":[[]]}],"resource":{"attributes":{"c":true}},"attributes":{"d":"e"}}\n',
  '{"delete":{"_id":"1"}}\n{"update":{}}\n{"doc":{}}\n',
];

const EVENTS = [
  '{"time":"1700000000.5","host":"h","source":"s","sourcetype":"t","index":"i","event":{"a":[1,{"b":null}]},"fields":{"c":[1,2.5,"x"]}}',
  '{"event":"text \\" and {braces}","time":1700000000123}\n{"event":5}',
  '{"event":"metric","fields":{"metric_name:a.b":1,"metric_name":"c","_value":"2","d":true}}',
];
const HEC_OPTIONS = { token: undefined, observedNanos: 1n, attributes: metadataField('').parse(undefined) };

/** The decoders of the forward protocol, of bulk requests, of Lumberjack and of the HTTP Event Collector, without sockets. */
export const logProtocols: FuzzTarget = {
  name: 'log-protocols',
  what: 'the decoders of fluent_forward, elasticsearch_bulk, beats and splunk_hec, in this process',
  async open() {
    const messages = fluentCases().map(({ message }) => message);
    const kinds = [
      { seedOf: bulkOf, decode: decodeBulk },
      { seedOf: beatsOf, decode: decodeBeats },
      { seedOf: (random: Random) => Buffer.from(EVENTS[random(EVENTS.length)] ?? ''), decode: decodeEvents },
      { seedOf: (random: Random) => messages[random(messages.length)] ?? Buffer.alloc(0), decode: decodeForward },
    ] as const;
    return openDecoders((random) => {
      const { seedOf, decode } = kinds[random(kinds.length)] ?? kinds[0];
      const seed = seedOf(random);
      const input = random(4) === 0 ? seed : mutateBytes(seed, random);
      return { input, decode: () => attempt(decode, input) };
    });
  },
};

const REJECTIONS = [MessagePackError, BulkError, ProtocolError];

async function attempt(
  decode: (input: Uint8Array) => Promise<readonly Entry[]>,
  input: Uint8Array,
): Promise<DecoderOutcome> {
  try {
    return { kind: 'accepted', defect: check(encodeEntries(await decode(input))) };
  } catch (error) {
    if (!REJECTIONS.some((rejection) => error instanceof rejection)) throw error;
    return { kind: 'refused' };
  }
}

function bulkOf(random: Random): Uint8Array {
  return Buffer.from(Array.from({ length: 1 + random(3) }, () => DOCUMENTS[random(DOCUMENTS.length)]).join(''));
}

/** A window with an event, and the same events compressed. */
function beatsOf(random: Random): Uint8Array {
  const payload = Buffer.from(DOCUMENTS[random(DOCUMENTS.length)]?.split('\n')[1] ?? '{}');
  const event = Buffer.concat([Buffer.from('2J\0\0\0\x01\0\0\0'), Buffer.from([payload.length]), payload]);
  const packed = deflateSync(Buffer.concat([event, event]));
  const compressed = Buffer.concat([Buffer.from('2C\0\0\0'), Buffer.from([packed.length]), packed]);
  return Buffer.concat([Buffer.from('2W\0\0\0\x01'), event, compressed]);
}

async function decodeBeats(input: Uint8Array): Promise<readonly Entry[]> {
  const protocol = new BeatsProtocol(MAX_BYTES);
  const entries: Entry[] = [];
  const sink = {
    add: (entry: Entry) => void entries.push(entry),
    write: () => {},
    authenticated: () => {},
    observedNanos: 1n,
  };
  for (let start = 0; start < input.length; ) {
    const size = protocol.frameSize(input.subarray(start));
    if (size === undefined) throw new ProtocolError('expected more bytes');
    await protocol.receive(input.subarray(start, start + size), sink);
    start += size;
  }
  return entries;
}

async function decodeEvents(input: Uint8Array): Promise<readonly Entry[]> {
  const { logs, error } = parseEvents(Buffer.from(input).toString(), HEC_OPTIONS);
  if (error !== undefined) throw new ProtocolError(error.kind);
  return logs;
}

async function decodeBulk(input: Uint8Array): Promise<readonly Entry[]> {
  return (await parseBulkRequest(input, 'i', 1n)).entries;
}

async function decodeForward(input: Uint8Array): Promise<readonly Entry[]> {
  const scanner = new MessagePackScanner(MAX_BYTES);
  const entries: Entry[] = [];
  for (let start = 0; start < input.length; ) {
    const size = scanner.next(input.subarray(start));
    if (size === undefined) throw new MessagePackError('expected more bytes');
    const options = { maxBytes: MAX_BYTES, observedNanos: 1n, tagAttribute: 'fluent.tag' };
    const message = await openMessage(input.subarray(start, start + size), options);
    entries.push(...message.entries);
    start += size;
  }
  return entries;
}

/** Whatever is accepted is a valid request in OTLP. */
function check(bytes: Uint8Array): string | undefined {
  const normalized = normalizeRequest('logs', bytes);
  return normalized.ok ? undefined : `written bytes are refused: ${normalized.reason}`;
}
