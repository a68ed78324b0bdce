import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { type Authenticator, createBasicAuthenticator, createBearerAuthenticator } from '@otelier/transport/auth';
import { ListenError, listen } from '@otelier/transport/listen';
import { createCertificates } from '../certificates.ts';
import { createRecordingHandler } from '../recording-handler.ts';
import { noise, withTransport } from './bench.ts';
import type { TransportUnderTest } from './under-test.ts';

/** Tests sockets, TLS and authentication. */
export function connectionTests(transport: TransportUnderTest): void {
  test('listens on a unix socket, replacing a stale one', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'otelier-'));
    try {
      const path = join(directory, 'otlp.sock');
      await leaveStaleSocket(path);
      await withTransport(
        transport,
        async ({ server, client }) => {
          assert.equal(server.address, `unix:${path}`);
          assert.deepEqual(await client.export('traces', [noise(1000)]), ACCEPTED);
        },
        { endpoint: `unix:${path}` },
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('explains that its port is in use', () =>
    withTransport(transport, async ({ server, handler }) => {
      await assert.rejects(transport.createServer({ endpoint: server.address }, handler), (error) => {
        assert.ok(error instanceof ListenError);
        assert.equal(error.code, 'EADDRINUSE');
        assert.match(error.message, new RegExp(`^${server.address} is in use by another program; `));
        return true;
      });
    }));

  test('serves an existing socket and leaves it open for the next server', async () => {
    const listener = await listen('127.0.0.1:0');
    try {
      for (const round of [1, 2]) {
        await withTransport(
          transport,
          async ({ server, client, handler }) => {
            assert.equal(server.address, listener.address);
            assert.deepEqual(await client.export('traces', [noise(round)]), ACCEPTED);
            assert.equal(handler.requests.length, 1);
          },
          { endpoint: listener },
        );
      }
      const waiting = transport.createClient({ address: listener.address, timeoutMillis: 60_000 });
      const early = waiting.export('traces', [noise(3)]);
      const handler = createRecordingHandler();
      const server = await transport.createServer({ endpoint: listener }, handler);
      assert.deepEqual(await early, ACCEPTED);
      await waiting.shutdown();
      await server.shutdown();
    } finally {
      await listener.close();
    }
  });

  tlsTests(transport);
  authTests(transport);
  tenantTests(transport);
}

function tlsTests(transport: TransportUnderTest): void {
  test('uses TLS only with a server whose certificate it trusts', async () => {
    const { ca, server, otherCa } = await createCertificates();
    await withTransport(
      transport,
      async ({ client, connect }) => {
        assert.deepEqual(await client.export('traces', [noise(100_000)]), ACCEPTED);
        const distrust = await connect({ tls: { caPem: otherCa.cert } }).export('traces', [noise(1)]);
        assert.equal(distrust.kind, 'retry');
        assert.match(JSON.stringify(distrust), /certificate|issuer/);
        const careless = connect({ tls: { insecureSkipVerify: true } });
        assert.deepEqual(await careless.export('traces', [noise(1)]), ACCEPTED);
        const wrongName = connect({ tls: { caPem: ca.cert, serverNameOverride: 'other.example' } });
        assert.match(JSON.stringify(await wrongName.export('traces', [noise(1)])), /other\.example/);
        const rightName = connect({ tls: { caPem: ca.cert, serverNameOverride: 'collector.example' } });
        assert.deepEqual(await rightName.export('traces', [noise(1)]), ACCEPTED);
        const clear = await connect({ tls: { insecure: true }, timeoutMillis: 2000 }).export('traces', [noise(1)]);
        assert.equal(clear.kind, 'retry');
      },
      { tls: { certPem: server.cert, keyPem: server.key } },
      { tls: { caPem: ca.cert } },
    );
  });

  test('with mutual TLS accepts only clients of its certificate authority', async () => {
    const { ca, server, client: own, otherClient } = await createCertificates();
    const trust = { caPem: ca.cert };
    await withTransport(
      transport,
      async ({ client, connect, handler }) => {
        assert.deepEqual(await client.export('traces', [noise(1)]), ACCEPTED);
        const foreign = connect({
          tls: { ...trust, certPem: otherClient.cert, keyPem: otherClient.key },
          timeoutMillis: 3000,
        });
        assert.equal((await foreign.export('traces', [noise(2)])).kind, 'retry');
        assert.equal((await connect({ tls: trust, timeoutMillis: 3000 }).export('traces', [noise(2)])).kind, 'retry');
        assert.equal(handler.requests.length, 1);
      },
      { tls: { ...trust, certPem: server.cert, keyPem: server.key } },
      { tls: { ...trust, certPem: own.cert, keyPem: own.key } },
    );
  });
}

function authTests(transport: TransportUnderTest): void {
  test('accepts a known bearer token, returns its subject and never echoes tokens', () =>
    withTransport(
      transport,
      async ({ client, connect, handler }) => {
        assert.deepEqual(await client.export('traces', [noise(1)]), ACCEPTED);
        assert.match(handler.requests[0]?.subject ?? '', /^bearer:[0-9a-f]{12}$/);
        const wrong = connect({ headers: { authorization: 'Bearer wrong-token' } });
        const outcomes = await Promise.all([
          wrong.export('traces', [noise(1)]),
          connect({ headers: { authorization: 'Basic c2VzYW1l' } }).export('traces', [noise(1)]),
          connect({ headers: {} }).export('traces', [noise(500_000)]),
        ]);
        for (const outcome of outcomes) {
          assert.equal(outcome.kind, 'refused');
          assert.doesNotMatch(JSON.stringify(outcome), /sesame|wrong-token|c2VzYW1l/);
        }
        assert.equal(handler.requests.length, 1);
      },
      { auth: createBearerAuthenticator({ tokens: ['other', 'sesame'] }) },
      { headers: { authorization: 'bearer sesame' } },
    ));

  test('accepts a user with the right password', () =>
    withTransport(
      transport,
      async ({ connect, handler }) => {
        const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
        const of = (text: string) => connect({ headers: basic(text) }).export('traces', [noise(1)]);
        assert.deepEqual(await of('ann:pass:word'), ACCEPTED);
        assert.equal(handler.requests[0]?.subject, 'ann');
        assert.equal((await of('ann:password')).kind, 'refused');
        assert.equal((await of('bob:pass:word')).kind, 'refused');
      },
      { auth: createBasicAuthenticator({ users: ['bob:other', 'ann:pass:word'] }) },
    ));
}

function tenantTests(transport: TransportUnderTest): void {
  test('passes on the tenant of a credential, and refuses senders that must not send', () => {
    const peers: (string | undefined)[] = [];
    const auth: Authenticator = {
      challenge: 'Tenant',
      authenticate({ 'x-tenant': tenant }, peer) {
        peers.push(peer);
        if (tenant === 'suspended') return { kind: 'forbidden', reason: 'the tenant is suspended' };
        if (typeof tenant !== 'string') return { kind: 'malformed', reason: 'x-tenant: expected a name' };
        return { kind: 'authenticated', subject: 'ann', ...(tenant !== '' && { tenant }) };
      },
    };
    return withTransport(
      transport,
      async ({ connect, handler }) => {
        const as = (headers: Record<string, string>) => connect({ headers }).export('traces', [noise(1)]);
        assert.deepEqual(await as({ 'x-tenant': 'acme' }), ACCEPTED);
        assert.deepEqual(await as({ 'x-tenant': 'umbra' }), ACCEPTED);
        assert.deepEqual(
          handler.requests.map(({ tenant }) => tenant),
          ['acme', 'umbra'],
        );
        assert.ok(peers.every((peer) => peer === undefined || /^(?:127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/.test(peer)));
        for (const headers of [{ 'x-tenant': 'suspended' }, {}]) assert.equal((await as(headers)).kind, 'refused');
        assert.equal(handler.requests.length, 2);
      },
      { auth },
    );
  });
}

/** Binds a socket in a child process, which is killed before it can unlink the socket. */
async function leaveStaleSocket(path: string): Promise<void> {
  const { spawnSync } = await import('node:child_process');
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  await new Promise<void>((resolve, reject) => {
    const probe = net.connect(path);
    probe.on('connect', () => reject(new Error('expected a stale socket, got a live one')));
    probe.on('error', () => resolve());
  });
}
