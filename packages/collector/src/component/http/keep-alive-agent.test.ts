import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { createCertificates, signClientCertificate, signRevocationList } from '@otelier/testkit/certificates';
import { createManualClock } from '@otelier/testkit/clock';
import { createClientTls } from '@otelier/transport/tls';
import { type ClientTlsConfig, clientTlsField } from '../fields/client.ts';
import { httpRequest } from './http-request.ts';
import { createKeepAliveAgent } from './keep-alive-agent.ts';
import { requestTls } from './request-tls.ts';

/** Starts a server that responds with the serial number of the client's certificate. */
async function startServer(t: TestContext) {
  const { ca, server } = await createCertificates();
  const https = createServer(
    { ...server, ca: ca.cert, requestCert: true, rejectUnauthorized: true },
    (request, response) => void response.end((request.socket as TLSSocket).getPeerCertificate().serialNumber),
  );
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  t.after(() => {
    https.closeAllConnections();
    https.close();
  });
  return { https, url: new URL(`https://127.0.0.1:${(https.address() as AddressInfo).port}/`) };
}

test('uses changed certificates and revocation lists for the next connection, and keeps the open one', async (t) => {
  const { ca, client, server } = await createCertificates();
  const directory = mkdtempSync(join(tmpdir(), 'otelier-agent-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const paths = {
    caFile: write('ca.pem', ca.cert),
    certFile: write('cert.pem', client.cert),
    keyFile: write('key.pem', client.key),
    crlFile: write('list.crl', await signRevocationList(ca, [])),
  };
  const clock = createManualClock();
  const { https, url } = await startServer(t);
  const createTls = () => createClientTls({ ...paths, reloadIntervalMillis: 1000 }, clock);
  const agent = createKeepAliveAgent(url, { createTls });
  t.after(() => agent.destroy());
  const serial = async () => (await httpRequest(url.href, { agent })).body;

  const first = new X509Certificate(client.cert).serialNumber;
  assert.equal(await serial(), first);
  const renewed = await signClientCertificate(ca);
  write('cert.pem', renewed.cert);
  write('key.pem', renewed.key);
  await clock.advance(1001);
  assert.equal(await serial(), first, 'the connection is kept');
  https.closeAllConnections();
  await until(() => Object.keys(agent.freeSockets).length === 0);
  assert.equal(await serial(), new X509Certificate(renewed.cert).serialNumber);

  write('list.crl', await signRevocationList(ca, [server]));
  await clock.advance(1001);
  https.closeAllConnections();
  await until(() => Object.keys(agent.freeSockets).length === 0);
  await assert.rejects(serial(), /certificate revoked/);
});

test('checks revocation lists in requests without an agent, and rejects a file without any', async (t) => {
  const { ca, client, server } = await createCertificates();
  const { url } = await startServer(t);
  const tlsWith = (crlPem: string) =>
    requestTls({ ...DEFAULTS, caPem: ca.cert, certPem: client.cert, keyPem: client.key, crlPem });
  assert.equal((await httpRequest(url.href, { tls: tlsWith(await signRevocationList(ca, [])) })).status, 200);
  const revoked = tlsWith(await signRevocationList(ca, [server]));
  await assert.rejects(httpRequest(url.href, { tls: revoked }), /certificate revoked/);
  assert.throws(
    () => tlsWith('none'),
    /tls\.crl_file: expected revocation lists in PEM or DER, got the text of crl_pem/,
  );
});

test('requests use changed files for the next connection, and keep the last ones while a file cannot be used', async (t) => {
  const { ca, otherCa, client } = await createCertificates();
  const { url } = await startServer(t);
  const directory = mkdtempSync(join(tmpdir(), 'otelier-request-tls-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const [caFile, certFile, keyFile] = ['ca', 'cert', 'key'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(caFile, otherCa.cert);
  writeFileSync(certFile, client.cert);
  writeFileSync(keyFile, client.key);
  const clock = createManualClock();
  const tls = requestTls({ ...DEFAULTS, caFile, certFile, keyFile }, clock);
  const send = async () => (await httpRequest(url.href, { tls })).body;
  await assert.rejects(send(), /unable to verify|self-signed|certificate/);
  writeFileSync(caFile, ca.cert);
  await clock.advance(10_001);
  const serial = await send();
  const next = await signClientCertificate(ca);
  writeFileSync(certFile, next.cert);
  await clock.advance(10_001);
  assert.equal(await send(), serial, 'the key is not replaced yet');
  writeFileSync(keyFile, next.key);
  await clock.advance(10_001);
  assert.notEqual(await send(), serial);
});

const DEFAULTS: ClientTlsConfig = clientTlsField().parse({});

/** Waits for a condition. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    assert.ok(tries < 500);
    await setTimeout(10);
  }
}
