import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Clock, systemClock } from '@otelier/transport';
import { openAccount } from '../../../packages/collector/src/certificates/acme/account.ts';
import { AcmeConnection } from '../../../packages/collector/src/certificates/acme/connection.ts';
import { issueCertificate } from '../../../packages/collector/src/certificates/acme/issue-certificate.ts';
import { StateDirectory } from '../../../packages/collector/src/certificates/acme/state-directory.ts';
import { NAMES } from './compare.ts';
import { EXTERNAL_ACCOUNT, recordedExchanges } from './pebble.ts';

/** Does not wait between requests. */
const clock: Clock = {
  ...systemClock,
  setTimeout: (fn, millis) => systemClock.setTimeout(fn, millis > 10_000 ? millis : 0),
};

test('the recorded responses of Pebble are followed until the certificate, which is of another key', async (t) => {
  const exchanges = [...recordedExchanges()];
  const unexpected: string[] = [];
  const server = createServer(({ method, url }, response) => {
    const next = exchanges.shift();
    if (next === undefined || next.method !== method || next.path !== url) unexpected.push(`${method} ${url}`);
    const own = (text: string) => text.replaceAll('https://pebble.test', origin);
    const headers = Object.entries(next?.headers ?? {}).map(([name, value]) => [name, own(value)]);
    response.writeHead(next?.status ?? 500, Object.fromEntries(headers)).end(own(next?.body ?? ''));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = mkdtempSync(join(tmpdir(), 'otelier-replay-acme-'));
  t.after(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  const { signal } = new AbortController();
  const connection = new AcmeConnection({ directoryUrl: `${origin}/dir`, tls: {}, clock, signal });
  await connection.open();
  const { key_id: keyId, hmac_key: hmacKey } = EXTERNAL_ACCOUNT;
  const account = { contact: [], externalAccount: { keyId, hmacKey } };
  const signer = await openAccount(connection, new StateDirectory(directory), account);
  const shown: string[] = [];
  const issued = issueCertificate({
    ...{ connection, signer, names: NAMES, keyType: 'ec256', clock, signal },
    responder: {
      type: 'http-01',
      present({ name }) {
        shown.push(name);
        return () => {};
      },
    },
  });
  await assert.rejects(issued, /the certificate: expected one of the requested key/);
  assert.deepEqual([shown.toSorted(), unexpected, exchanges], [NAMES.toSorted(), [], []]);
});
