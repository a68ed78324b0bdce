import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WireFormatError } from '@otelier/otlp';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { managedConfig, startManaged } from './gateway.testing.ts';
import { agentToServer, serverToAgent } from './messages.ts';
import { decodeMessage, encodeMessage } from './protobuf.ts';
import { startServer } from './server.testing.ts';

const FLOW = join(import.meta.dirname, '../../../../../test/interop/opamp/flow.json');

function recorded(): readonly Buffer[] {
  const { messages } = JSON.parse(readFileSync(FLOW, 'utf8')) as { messages: { frame: string }[] };
  return messages.map(({ frame }) => Buffer.from(frame, 'hex'));
}

/** Changes some bytes of a frame, cuts it, repeats a part of it, or makes up another one. */
function mutate(frame: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(frame);
  const at = () => random(bytes.length);
  const kind = random(10);
  if (kind < 4) {
    for (let count = random(8); count >= 0; count--) bytes[at()] = random(256);
    return bytes;
  }
  if (kind < 6) return bytes.subarray(0, at());
  if (kind < 8) return Buffer.concat([bytes, bytes.subarray(at())]);
  return Buffer.from(Array.from({ length: random(200) }, () => random(256)));
}

test('changed messages decode to a message or fail with a WireFormatError', () => {
  const random = createRandom(14);
  const frames = recorded();
  for (let round = 0; round < 20_000; round++) {
    const frame = mutate(frames[round % frames.length] ?? Buffer.alloc(0), random).subarray(1);
    for (const schema of [serverToAgent, agentToServer] as const) {
      try {
        const message: object = decodeMessage<object>(schema, frame);
        encodeMessage<object>(schema, message);
      } catch (error) {
        assert.ok(error instanceof WireFormatError, `round ${round}: ${error}`);
      }
    }
  }
});

test('nesting beyond the limit of protobuf is refused', () => {
  let bytes: Uint8Array = Buffer.of();
  for (let depth = 0; depth < 200; depth++) {
    const entry = Buffer.concat([Buffer.of(0x12), varint(bytes.length), bytes]);
    bytes = Buffer.concat([Buffer.of(0x32), varint(entry.length), entry]);
  }
  const health = Buffer.concat([Buffer.of(0x2a), varint(bytes.length), bytes]);
  assert.throws(() => decodeMessage(agentToServer, health), /expected at most 100 levels/);
});

test('an agent survives a server that sends anything, and then obeys a sane one', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const endpoint = `ws://127.0.0.1:${server.port}/v1/opamp`;
  const opamp = {
    server: { ws: { endpoint } },
    instance_uid: '01890a5d-ac96-774b-bcce-b302099a8057',
    capabilities: { accepts_remote_config: true, accepts_restart_command: true },
  };
  const gateway = await startManaged(t, managedConfig(opamp));
  await server.until(() => true);
  const random = createRandom(6);
  const frames = recorded();
  for (let round = 0; round < 400; round++) {
    const body = mutate(frames[round % frames.length] ?? Buffer.alloc(0), random).subarray(1);
    // A wrong header closes the connection, which another test checks.
    server.push(Buffer.concat([Buffer.of(0), body]));
    if (round % 50 === 0) await new Promise(setImmediate);
  }
  const remoteConfig = { configHash: Buffer.from('sane'), config: { configMap: new Map() } };
  server.push({ remoteConfig });
  server.respond = () => ({ remoteConfig });
  await server.until(
    ({ remoteConfigStatus }) =>
      remoteConfigStatus?.status === 1 &&
      Buffer.from(remoteConfigStatus.lastRemoteConfigHash ?? []).toString() === 'sane',
  );
  assert.equal(gateway.service.host.health().phase, 'running');
  const bugs = gateway.logs.filter(({ msg }) => String(msg).includes('bug'));
  assert.deepEqual(bugs, []);
});

function varint(value: number): Buffer {
  return value < 128 ? Buffer.of(value) : Buffer.of((value & 127) | 128, ...varint(value >>> 7));
}
