import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createLogger, createService, loadConfig } from 'otelier';
import { WebSocketServer } from 'ws';
import { agentToServer, serverToAgent } from '../../../packages/collector/src/extensions/opamp/messages.ts';
import { decodeMessage, encodeMessage } from '../../../packages/collector/src/extensions/opamp/protobuf.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';
import { readFlow } from './flow.ts';

const flow = readFlow();
const frames = (from: 'agent' | 'server') =>
  flow.messages.filter((message) => message.from === from).map(({ frame }) => Buffer.from(frame, 'hex'));
const payload = (frame: Buffer) => frame.subarray(1);

/** Names in the log of the server, with their bits. */
const CAPABILITIES = {
  ReportsStatus: 0x1,
  AcceptsRemoteConfig: 0x2,
  ReportsEffectiveConfig: 0x4,
  ReportsHealth: 0x800,
  ReportsRemoteConfig: 0x1000,
  ReportsHeartbeat: 0x2000,
  ReportsAvailableComponents: 0x4000,
  ReportsConnectionSettingsStatus: 0x8000,
};

test('the codec reads and writes the recorded messages of both sides byte for byte', () => {
  for (const frame of frames('agent')) {
    const message = decodeMessage(agentToServer, payload(frame));
    assert.deepEqual(Buffer.from(encodeMessage(agentToServer, message)), payload(frame));
  }
  for (const frame of frames('server')) {
    const message = decodeMessage(serverToAgent, payload(frame));
    // Field 10, custom capabilities, has no meaning for an agent without them.
    const known = payload(frame).toString('hex').replace(/5200$/, '');
    assert.equal(Buffer.from(encodeMessage(serverToAgent, message)).toString('hex'), known);
  }
});

test('the server has understood the recorded messages as they were meant', () => {
  const sent = frames('agent').map((frame) => decodeMessage(agentToServer, payload(frame)));
  assert.equal(flow.understood.length, sent.length);
  for (const [index, line] of flow.understood.entries()) {
    const { sequenceNum, health, remoteConfigStatus, capabilities, agentDisconnect } = sent[index] ?? {};
    assert.match(line, new RegExp(`SequenceNum=${sequenceNum},`));
    const names = /Capabilities=\[([^\]]*)\]/.exec(line)?.[1]?.split('|') ?? [];
    const bits = names.map((name) => Object.entries(CAPABILITIES).find(([known]) => known === name)?.[1] ?? 0);
    assert.equal(
      bits.reduce((sum, bit) => sum + bit, 0),
      capabilities,
    );
    if (health) assert.match(line, new RegExp(`Healthy=${health.healthy ?? false}`));
    assert.equal(line.includes('AgentDisconnect'), agentDisconnect !== undefined);
    const status = ['UNSET', 'APPLIED', 'APPLYING', 'FAILED'][remoteConfigStatus?.status ?? 0];
    if (remoteConfigStatus) assert.match(line, new RegExp(`RemoteConfigStatus=${status}`));
  }
});

test('behaves as recorded: connect, status, remote configuration, rollback of a bad one', async (t) => {
  const statuses: (readonly [hash: string, status: number])[] = [];
  let arrived = () => {};
  const http = createServer();
  new WebSocketServer({ server: http }).on('connection', (socket) => {
    const offers = frames('server').filter(
      (frame) => decodeMessage(serverToAgent, payload(frame)).remoteConfig !== undefined,
    );
    const next = () => {
      const offer = offers.shift();
      if (offer !== undefined) socket.send(offer);
    };
    socket.on('message', (data: Buffer) => {
      const { remoteConfigStatus, sequenceNum } = decodeMessage(agentToServer, payload(data));
      if (sequenceNum === 1) next();
      const { status = 0, lastRemoteConfigHash = [] } = remoteConfigStatus ?? {};
      if (status === 0) return;
      statuses.push([Buffer.from(lastRemoteConfigHash).toString('hex'), status]);
      if (status !== 2) next();
      arrived();
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  const text = flow.config.replace('PORT', String((http.address() as AddressInfo).port));
  const readConfig = (remote: readonly { name: string; text: string }[]) =>
    loadConfig({ sources: [{ name: 'otelier.yaml', text }, ...remote], environment: {}, registry });
  const loaded = await readConfig([]);
  assert.ok(loaded.ok);
  const logger = createLogger({ level: 'fatal', encoding: 'json' });
  const service = createService({ config: loaded.config, logger, readConfig });
  t.after(() => service.shutdown());
  await service.start();
  const expected = frames('agent').flatMap((frame) => {
    const { remoteConfigStatus } = decodeMessage(agentToServer, payload(frame));
    const { status = 0, lastRemoteConfigHash = [] } = remoteConfigStatus ?? {};
    return status === 0 ? [] : [[Buffer.from(lastRemoteConfigHash).toString('hex'), status] as const];
  });
  while (statuses.length < expected.length) {
    await new Promise<void>((resolve) => {
      arrived = resolve;
    });
  }
  assert.deepEqual(statuses, expected);
  assert.ok(service.graph().nodes.some(({ component }) => component === 'nop/remote'));
});
