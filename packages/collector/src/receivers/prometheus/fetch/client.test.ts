import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { createCertificates } from '@otelier/testkit/certificates';
import { createManualClock } from '@otelier/testkit/clock';
import { pino } from 'pino';
import { z } from '../../../component/schema.ts';
import { httpClientConfig } from '../config/http-client.ts';
import { createClient } from './client.ts';

test('uses changed TLS files from the next request on, unless they do not belong together', async (t) => {
  const { ca, otherCa, server: own, client: first, otherClient: second } = await createCertificates();
  const directory = mkdtempSync(join(tmpdir(), 'otelier-scrape-tls-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  };
  write({ 'ca.pem': ca.cert, 'cert.pem': first.cert, 'key.pem': first.key });
  const connections = new Map<unknown, number>();
  const server = createServer({ ...own, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const socket = request.socket as TLSSocket;
    if (!connections.has(socket)) connections.set(socket, connections.size + 1);
    response.end(`${socket.getPeerCertificate().subject.CN} on connection ${connections.get(socket)}`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const clock = createManualClock();
  const [caFile, certFile, keyFile] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(directory, name));
  const config = z.object(httpClientConfig()).parse({ tlsConfig: { caFile, certFile, keyFile } });
  const client = createClient(config, { clock, logger: pino({ enabled: false }), environment: {} });
  t.after(() => client.close());
  const get = async () => {
    const { signal } = new AbortController();
    const { body } = await client.get(`https://127.0.0.1:${port}/metrics`, { headers: {}, maxBytes: 1000, signal });
    return body.toString();
  };
  assert.equal(await get(), 'client on connection 1');
  assert.equal(await get(), 'client on connection 1');
  write({ 'cert.pem': second.cert });
  await clock.advance(10_001);
  assert.equal(await get(), 'client on connection 1');
  write({ 'key.pem': second.key });
  assert.equal(await get(), 'client on connection 1');
  await clock.advance(10_001);
  assert.equal(await get(), 'other client on connection 2');
  write({ 'ca.pem': otherCa.cert });
  await clock.advance(10_001);
  await assert.rejects(get(), /unable to (verify the first|get local issuer) certificate/);
  write({ 'ca.pem': ca.cert });
  await clock.advance(10_001);
  assert.equal(await get(), 'other client on connection 3');
});
