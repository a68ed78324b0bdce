/**
 * Drives otelier with the server example of opamp-go (connect, status, remote configuration, rollback of a bad one) and
 * records the messages for `replay.test.ts`.
 *
 *    node test/interop/opamp/record.ts SERVER     the program built from opamp-go/internal/examples/server
 *
 * The server listens on the ports 4320 and 4321.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import { NODE, OTELIER } from '../gateway.ts';
import { FLOW_FILE, type Flow, LOCAL_CONFIG, OFFERS } from './flow.ts';

const [program = ''] = process.argv.slice(2);
const SERVER = 'opamp-go 42e6aa1 (2026-08-04)';
const UID = '01890a5d-ac96-774b-bcce-b302099a8057';

const messages: { from: 'agent' | 'server'; frame: string }[] = [];
const understood: string[] = [];
const server = spawn(program, ['--no-tls'], { cwd: join(program, '..'), stdio: ['ignore', 'pipe', 'pipe'] });
for (const stream of [server.stdout, server.stderr]) {
  stream.setEncoding('utf8').on('data', (text: string) => {
    for (const [, line = ''] of text.matchAll(/AgentToServer: (.*)/g)) understood.push(line);
  });
}
const { port, close } = await startProxy();
const directory = await mkdtemp(join(tmpdir(), 'otelier-opamp-record-'));
const config = join(directory, 'otelier.yaml');
await writeFile(config, LOCAL_CONFIG.replace('PORT', String(port)));
const otelier = spawn(NODE, [OTELIER, '--config', config], { stdio: 'inherit' });
await until('the status', () => understood.some((line) => line.includes('Healthy=true')));
await until('the first offer', () => understood.some((line) => line.includes('RemoteConfigStatus=APPLIED')));
await save(OFFERS.good);
await until('the good configuration', () => statuses('APPLIED') === 2);
await save(OFFERS.bad);
await until('the bad configuration', () => statuses('FAILED') === 1);
const page = await (await fetch(`http://127.0.0.1:4321/agent?instanceid=${UID}`)).text();
if (!page.includes('nop/remote')) throw new Error('expected the page of the server to show the applied configuration');
otelier.kill('SIGTERM');
await once(otelier, 'exit');
await until('the end', () => understood.some((line) => line.includes('AgentDisconnect')));
server.kill('SIGKILL');
close();
await rm(directory, { recursive: true });
const flow: Flow = { server: SERVER, config: LOCAL_CONFIG, messages, understood };
await writeFile(FLOW_FILE, `${JSON.stringify(flow, undefined, 2)}\n`);
process.stdout.write(`recorded ${messages.length} messages\n`);

function statuses(status: string): number {
  return understood.filter((line) => line.includes(`RemoteConfigStatus=${status},`)).length;
}

async function save(text: string): Promise<void> {
  await fetch('http://127.0.0.1:4321/save_config', {
    method: 'POST',
    body: new URLSearchParams({ instanceid: UID, config: text }),
    redirect: 'manual',
  });
}

/** Starts a proxy that records the messages of one connection. */
async function startProxy(): Promise<{ port: number; close: () => void }> {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (agent) => {
    const upstream = new WebSocket('ws://127.0.0.1:4320/v1/opamp');
    const early: Buffer[] = [];
    agent.on('message', (data: Buffer) => {
      messages.push({ from: 'agent', frame: data.toString('hex') });
      if (upstream.readyState === WebSocket.OPEN) upstream.send(data);
      else early.push(data);
    });
    upstream.on('open', () => {
      for (const data of early) upstream.send(data);
    });
    upstream.on('message', (data: Buffer) => {
      messages.push({ from: 'server', frame: data.toString('hex') });
      agent.send(data);
    });
    agent.on('close', () => upstream.close());
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return { port: (http.address() as AddressInfo).port, close: () => http.close() };
}

async function until(what: string, isDone: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isDone()) {
    if (performance.now() > deadline) throw new Error(`${what}: nothing within 20 s; got\n${understood.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
