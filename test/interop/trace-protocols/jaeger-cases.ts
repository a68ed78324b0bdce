import { readFileSync } from 'node:fs';
import { createRandom } from '@otelier/testkit';
import type { ReceiveCase } from './case.ts';
import { batchFields, encodePostSpans } from './encode-jaeger.ts';
import { jaegerBatch } from './jaeger-spans.ts';
import { BinaryWriter, CompactWriter, type ThriftField, type ThriftWriter } from './thrift-writer.ts';

const HTTP = { kind: 'jaeger_http', path: '/api/traces', contentType: 'application/x-thrift' } as const;

/** Requests of Jaeger in all protocols: generated ones, those of a client, and unusual ones. */
export function jaegerCases(): ReceiveCase[] {
  const random = createRandom(11);
  const generated = Array.from({ length: 50 }, (_, index): ReceiveCase[] => {
    const batch = jaegerBatch(random);
    const fields = batchFields(batch);
    const name = `generated ${index}`;
    return [
      { name: `HTTP: ${name}`, ...HTTP, body: struct(fields) },
      { name: `gRPC: ${name}`, kind: 'jaeger_grpc', body: encodePostSpans(batch) },
      { name: `compact: ${name}`, kind: 'jaeger_compact', body: call(new CompactWriter(), fields) },
      { name: `binary: ${name}`, kind: 'jaeger_binary', body: call(new BinaryWriter(), fields) },
    ];
  }).flat();
  return [...generated, ...clientCases(), ...unusualCases()];
}

function struct(fields: readonly ThriftField[]): Uint8Array {
  const writer = new BinaryWriter();
  writer.struct(fields);
  return writer.bytes();
}

function call(writer: ThriftWriter, batch: readonly ThriftField[], method = 'emitBatch'): Uint8Array {
  writer.message(method);
  writer.struct([[1, { struct: batch }]]);
  return writer.bytes();
}

/** What `jaeger-client` 3.19 for Node.js sent. */
function clientCases(): ReceiveCase[] {
  const recorded = JSON.parse(readFileSync(new URL('jaeger-client.json', import.meta.url), 'utf8')) as {
    readonly udp: readonly string[];
    readonly http: readonly { readonly path: string; readonly contentType: string; readonly body: string }[];
  };
  return [
    ...recorded.udp.map(
      (body, index): ReceiveCase => ({
        name: `jaeger-client: datagram ${index}`,
        kind: 'jaeger_binary',
        body: Buffer.from(body, 'base64'),
      }),
    ),
    ...recorded.http.map(
      ({ body, path, contentType }, index): ReceiveCase => ({
        name: `jaeger-client: request ${index}`,
        ...{ kind: 'jaeger_http', path, contentType },
        body: Buffer.from(body, 'base64'),
      }),
    ),
  ];
}

function unusualCases(): ReceiveCase[] {
  const batch = jaegerBatch(createRandom(3));
  const fields = batchFields(batch);
  const whole = struct(fields);
  const http = (name: string, body: Uint8Array, contentType: string = HTTP.contentType): ReceiveCase => ({
    name: `HTTP: ${name}`,
    ...{ ...HTTP, contentType, body },
  });
  return [
    http('an empty body', new Uint8Array()),
    http('no Thrift', Buffer.from('{}')),
    http('a body that is cut off', whole.subarray(0, whole.length - 5)),
    http('bytes after the batch', Buffer.concat([whole, Buffer.from('more')])),
    http('the other content type', whole, 'application/vnd.apache.thrift.binary; charset=utf-8'),
    http('an unknown content type', whole, 'application/json'),
    http('no process', struct(fields.filter(([id]) => id !== 1))),
    http('no spans', struct(fields.filter(([id]) => id !== 2))),
    http('a span without a required field', struct([fields[0] ?? [0, undefined], [2, { list: [{ struct: [] }] }]])),
    http('a list that is longer than the body', Buffer.concat([whole.subarray(0, 3), Buffer.alloc(4, 0x7f)])),
    { name: 'binary: without the version', kind: 'jaeger_binary', body: oldCall(fields) },
    { name: 'binary: another method', kind: 'jaeger_binary', body: call(new BinaryWriter(), fields, 'foo') },
    { name: 'compact: another protocol', kind: 'jaeger_compact', body: call(new BinaryWriter(), fields) },
    {
      name: 'compact: a call that is cut off',
      kind: 'jaeger_compact',
      body: call(new CompactWriter(), fields).subarray(0, 40),
    },
  ];
}

/** Writes the head of a call in the form before version 1. */
function oldCall(fields: readonly ThriftField[]): Uint8Array {
  const writer = new BinaryWriter();
  writer.struct([[1, { struct: fields }]]);
  const name = Buffer.from('emitBatch');
  return Buffer.concat([Buffer.from([0, 0, 0, name.length]), name, Buffer.from([4, 0, 0, 0, 1]), writer.bytes()]);
}
