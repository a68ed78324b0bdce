import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { createCertificates, signServerCertificate } from '@otelier/testkit/certificates';
import { createManualClock } from '@otelier/testkit/clock';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createHttpServer } from './http1/server.ts';

const ROTATIONS = 5;
const CLIENTS = 4;
/** Requests that each client sends between two rotations, each over a connection of its own. */
const REQUESTS = 4;

test('certificates are replaced under load without a connection that is refused or broken', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-rotation-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const { ca, server: first } = await createCertificates();
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  /** Replaces both files, one after the other, as programs that renew certificates do. */
  const install = ({ cert, key }: { readonly cert: string; readonly key: string }) => {
    for (const [path, text] of [
      [keyFile, key],
      [certFile, cert],
    ] as const) {
      writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
      renameSync(`${path}.tmp`, path);
    }
  };
  install(first);
  const clock = createManualClock();
  const errors: Error[] = [];
  const server = await createHttpServer(
    {
      endpoint: '127.0.0.1:0',
      clock,
      tls: { certFile, keyFile, reloadIntervalMillis: 100, onReloadError: (error) => void errors.push(error) },
    },
    createRecordingHandler(),
  );
  t.after(() => server.shutdown(0));
  const port = Number(server.address.split(':').at(-1));

  /** Sends a request over a new connection, and returns the serial number of the certificate. */
  const send = async (): Promise<string> => {
    const headers = { 'content-type': 'application/json' };
    const options = { host: '127.0.0.1', servername: 'localhost', port, path: '/v1/logs', method: 'POST', headers };
    const sent = request({ ...options, ca: ca.cert, agent: false });
    let serial = '';
    sent.on('socket', (socket) => {
      socket.on('secureConnect', () => {
        serial = (socket as TLSSocket).getPeerCertificate().serialNumber;
      });
    });
    sent.end('{"resourceLogs":[]}');
    const [response] = await once(sent, 'response');
    response.resume();
    await once(response, 'end');
    assert.equal(response.statusCode, 200);
    return serial;
  };

  const seen: string[] = [];
  for (let rotation = 0; rotation < ROTATIONS; rotation++) {
    const load = Array.from({ length: CLIENTS }, async () => {
      const serials = new Set<string>();
      for (let i = 0; i < REQUESTS; i++) serials.add(await send());
      return serials;
    });
    if (rotation > 0) install(await signServerCertificate(ca));
    await clock.advance(101);
    const serials = await Promise.all(load);
    assert.ok(serials.every((own) => own.size <= 2));
    seen.push(await send());
  }
  assert.equal(new Set(seen).size, ROTATIONS, 'each certificate was served');
  assert.deepEqual(errors, []);
});
