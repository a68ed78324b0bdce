import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Outcome } from '@otelier/otlp';
import { createRandom } from '@otelier/testkit/otlp/random';
import protobuf from 'protobufjs';
import { type ClientMessage, EnvelopeError, type ServerMessage } from './envelope.ts';
import { readClientMessage, readServerMessage } from './read-envelope.ts';
import { writeClientMessage, writeData, writeExport, writeServerMessage } from './write-envelope.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const plain = (message: ClientMessage | ServerMessage): unknown => JSON.parse(JSON.stringify(message));

const HEAD = {
  id: 2 ** 53 - 1,
  signal: 'traces',
  encoding: 'json',
  compression: 'zstd',
  headers: { 'x-shop': 'berlín' },
};
const SESSION = '0123456789abcdef';
const OUTCOMES: readonly Outcome[] = [
  { kind: 'accepted' },
  { kind: 'partial', rejectedItems: 7, reason: 'seven' },
  { kind: 'retry', afterMillis: 0, reason: 'full' },
  { kind: 'retry', afterMillis: undefined, reason: '' },
  { kind: 'refused', reason: 'no, 末' },
];

describe('the envelope', () => {
  test('round-trips the messages of a client', () => {
    const hello = { kind: 'hello', session: SESSION, unacknowledged: [1, 300, 2 ** 40] } as const;
    assert.deepEqual(readClientMessage(writeClientMessage(hello)), hello);
    const subscribe = { kind: 'subscribe', id: 4, signal: 'logs', filter: 'a == "b"' } as const;
    assert.deepEqual(readClientMessage(writeClientMessage(subscribe)), subscribe);
    assert.deepEqual(readClientMessage(writeClientMessage({ kind: 'unsubscribe', id: 4 })), {
      kind: 'unsubscribe',
      id: 4,
    });
    const read = readClientMessage(writeExport(HEAD, [bytes('one '), bytes(''), bytes('two')]));
    assert.deepEqual(
      plain({ ...read, body: bytes('') } as ClientMessage),
      plain({ kind: 'export', ...HEAD, body: bytes('') }),
    );
    assert.equal(read.kind === 'export' && Buffer.from(read.body).toString(), 'one two');
  });

  test('round-trips the messages of a server', () => {
    const welcome = {
      kind: 'welcome',
      maxBodyBytes: 20_971_520,
      window: 64,
      heartbeatMillis: 0,
      known: [7, 9],
    } as const;
    assert.deepEqual(readServerMessage(writeServerMessage(welcome)), welcome);
    for (const outcome of OUTCOMES) {
      const message = { kind: 'acknowledgment', id: 12, outcome } as const;
      assert.deepEqual(readServerMessage(writeServerMessage(message)), message);
    }
    const data = readServerMessage(writeData(5, 1000, [bytes('da'), bytes('ta')]));
    assert.deepEqual([data.kind, data.kind === 'data' && Buffer.from(data.body).toString()], ['data', 'data']);
    assert.equal(data.kind === 'data' && data.skippedItems, 1000);
  });

  test('truncates reasons', () => {
    const outcome = { kind: 'refused', reason: 'x'.repeat(10_000) } as const;
    assert.ok(writeServerMessage({ kind: 'acknowledgment', id: 1, outcome }).length < 600);
  });

  test('matches the documented protobuf schema', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/protocol/websocket.md'), 'utf8');
    const schema = /```proto\n([\s\S]*?)```/.exec(page)?.[1];
    assert.ok(schema, 'expected a block of proto on the page');
    const { root } = protobuf.parse(schema, { keepCase: true });
    const decode = (type: string, message: Uint8Array) =>
      root.lookupType(`otelier.websocket.v1.${type}`).decode(message).toJSON();
    assert.deepEqual(
      decode('ClientMessage', writeClientMessage({ kind: 'hello', session: SESSION, unacknowledged: [1, 300] })),
      {
        hello: { session: SESSION, unacknowledged: ['1', '300'] },
      },
    );
    assert.deepEqual(decode('ClientMessage', writeExport({ ...HEAD, id: 5 }, [bytes('ab')])), {
      export: { ...HEAD, id: '5', body: 'YWI=' },
    });
    assert.deepEqual(
      decode(
        'ServerMessage',
        writeServerMessage({
          kind: 'acknowledgment',
          id: 1,
          outcome: { kind: 'retry', afterMillis: 0, reason: 'full' },
        }),
      ),
      { acknowledgment: { id: '1', outcome: 'RETRY', after_millis: '0', reason: 'full' } },
    );
    const ours = readServerMessage(
      root
        .lookupType('otelier.websocket.v1.ServerMessage')
        .encode(
          root
            .lookupType('otelier.websocket.v1.ServerMessage')
            .fromObject({ welcome: { max_body_bytes: 100, window: 3, known: [4, 500] } }),
        )
        .finish(),
    );
    assert.deepEqual(ours, { kind: 'welcome', maxBodyBytes: 100, window: 3, heartbeatMillis: 0, known: [4, 500] });
  });

  test('ignores unknown fields', () => {
    const message = writeClientMessage({ kind: 'unsubscribe', id: 4 });
    // Preceded by field 9 of the message, a string, and followed by field 99, a number.
    const more = Buffer.concat([Uint8Array.of(0x4a, 1, 0x78), message, Uint8Array.of(0x98, 0x06, 1)]);
    assert.deepEqual(readClientMessage(more), { kind: 'unsubscribe', id: 4 });
  });

  test('reports why other input is invalid', () => {
    const wrong: readonly (readonly [Uint8Array, RegExp])[] = [
      [new Uint8Array(0), /expected a message of the envelope/],
      [Uint8Array.of(0x7a, 0), /expected a message of the envelope/],
      [Uint8Array.of(0x0a, 5, 1), /length 5 exceeds/],
      [Uint8Array.of(0x0a, 0), /hello\.session: expected 16 to 64/],
      [Uint8Array.of(0x12, 0), /id: expected 1 to/],
      [Uint8Array.of(0x12, 4, 8, 1, 0x2a, 0), /HTTP header name/],
      [writeClientMessage({ kind: 'hello', session: 'x'.repeat(65), unacknowledged: [] }), /hello\.session/],
    ];
    for (const [message, reason] of wrong) {
      assert.throws(
        () => readClientMessage(message),
        (error) => error instanceof EnvelopeError && reason.test(error.message),
      );
    }
    assert.throws(() => readServerMessage(Uint8Array.of(0x12, 4, 8, 1, 16, 9)), /outcome: expected 0 to 3/);
  });

  test('rejects strings that are not UTF-8, even if a later field replaces them', () => {
    const text = (field: number, value: readonly number[]) => [field * 8 + 2, value.length, ...value];
    const signal = text(2, [...Buffer.from('traces')]);
    const body = text(15, []);
    const message = (fields: readonly number[]) => Uint8Array.from(text(2, [8, 1, ...fields]));
    assert.equal(readClientMessage(message([...signal, ...body])).kind, 'export');
    for (const field of [2, 3, 4]) {
      const broken = message([...text(field, [0xfb, 0x38]), ...signal, ...text(3, []), ...text(4, []), ...body]);
      assert.throws(() => readClientMessage(broken), EnvelopeError, `field ${field}`);
    }
  });

  test('reads ten thousand corrupt messages without any other error than its own', () => {
    const random = createRandom(7);
    const originals = [
      writeExport(HEAD, [bytes('some body')]),
      writeClientMessage({ kind: 'hello', session: SESSION, unacknowledged: [1, 2, 3] }),
      writeServerMessage({ kind: 'welcome', maxBodyBytes: 1, window: 1, heartbeatMillis: 1, known: [1, 300] }),
    ];
    for (let round = 0; round < 10_000; round++) {
      const damaged = Uint8Array.from(originals[random(originals.length)] ?? []);
      for (let times = random(4); times >= 0; times--) damaged[random(damaged.length)] = random(256);
      for (const read of [readClientMessage, readServerMessage]) {
        try {
          read(damaged.subarray(0, random(damaged.length + 1)));
        } catch (error) {
          assert.ok(error instanceof EnvelopeError, String(error));
        }
      }
    }
  });
});
