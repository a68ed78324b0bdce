import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import tls from 'node:tls';
import { ACCEPTED } from '@otelier/otlp';
import {
  createCertificates,
  signClientCertificate,
  signRevocationList,
  signServerCertificate,
} from '@otelier/testkit/certificates';
import { createManualClock } from '@otelier/testkit/clock';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createGrpcServer, createHttpServer, FileError } from './index.ts';
import { readRevocationList } from './revocation-lists.ts';
import { createClientTls, createServerTls, type ServerTlsOptions } from './tls.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-tls-'));
after(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/**
 * Opens a connection, which stays open until the test ends it, and returns the serial number of the server's
 * certificate.
 */
async function handshake(address: string, options: tls.ConnectionOptions = {}) {
  const port = Number(address.split(':').at(-1));
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  return { socket, serial: socket.getPeerCertificate().serialNumber, protocol: socket.getProtocol() };
}

const SERVERS = { HTTP: createHttpServer, gRPC: createGrpcServer };

for (const [name, createServer] of Object.entries(SERVERS)) {
  const ALPNProtocols = name === 'gRPC' ? ['h2'] : ['http/1.1'];

  describe(`TLS of the ${name} server`, () => {
    test('presents a changed certificate to new connections, keeps existing ones, and survives an invalid file', async () => {
      const { ca, server: first } = await createCertificates();
      const second = await signServerCertificate(ca);
      const certFile = file(`${name}-cert.pem`, first.cert);
      const keyFile = file(`${name}-key.pem`, first.key);
      const clock = createManualClock();
      const errors: Error[] = [];
      const tlsOptions: ServerTlsOptions = {
        certFile,
        keyFile,
        reloadIntervalMillis: 1000,
        onReloadError: (error) => void errors.push(error),
      };
      const handler = createRecordingHandler();
      const server = await createServer({ endpoint: '127.0.0.1:0', tls: tlsOptions, clock }, handler);
      try {
        const before = await handshake(server.address, { ALPNProtocols });
        writeFileSync(certFile, second.cert);
        await clock.advance(1001);
        const between = await handshake(server.address, { ALPNProtocols });
        assert.equal(between.serial, before.serial);
        assert.match(errors[0]?.message ?? '', /cert\.pem and .*key\.pem do not work together/);
        writeFileSync(keyFile, second.key);
        assert.equal((await handshake(server.address, { ALPNProtocols })).serial, before.serial);
        await clock.advance(1001);
        const later = await handshake(server.address, { ALPNProtocols });
        assert.notEqual(later.serial, before.serial);
        assert.equal(before.socket.destroyed, false);
        for (const { socket } of [before, between, later]) socket.destroy();
      } finally {
        await server.shutdown(0);
      }
    });

    test('rejects revoked clients by the current list, also those that resume a session', async (t) => {
      const { ca, server: own, client } = await createCertificates();
      const revoked = await signClientCertificate(ca);
      const crlFile = file(`${name}-crl.pem`, await signRevocationList(ca, [revoked]));
      const clock = createManualClock();
      const errors: Error[] = [];
      const server = await createServer(
        {
          endpoint: '127.0.0.1:0',
          tls: {
            certPem: own.cert,
            keyPem: own.key,
            caPem: ca.cert,
            crlFile,
            reloadIntervalMillis: 1000,
            onReloadError: (error) => void errors.push(error),
          },
          clock,
        },
        createRecordingHandler(),
      );
      t.after(() => server.shutdown(0));
      // With TLS 1.3, a client learns of the rejection only after the handshake.
      const options = { ALPNProtocols, maxVersion: 'TLSv1.2' } as const;
      const connect = async (more: tls.ConnectionOptions) => {
        const { socket } = await handshake(server.address, { ...options, ...more });
        t.after(() => socket.destroy());
        return socket;
      };
      const session = (await connect(client)).getSession();
      assert.ok(session);
      assert.equal((await connect({ ...client, session })).isSessionReused(), true);
      await assert.rejects(connect(revoked), /revoked|ECONNRESET|socket disconnected/);
      writeFileSync(crlFile, 'no list');
      await clock.advance(1001);
      await assert.rejects(connect(revoked));
      assert.match(errors[0]?.message ?? '', /expected revocation lists in PEM or DER, got .*-crl\.pem: no list/);
      writeFileSync(crlFile, await signRevocationList(ca, [revoked, client]));
      await clock.advance(1001);
      await assert.rejects(connect(client), /revoked|ECONNRESET|socket disconnected/);
      await assert.rejects(connect({ ...client, session }), /revoked|ECONNRESET|socket disconnected/);
    });

    test('staples the current OCSP response for clients that ask for it', async (t) => {
      const { server: own } = await createCertificates();
      const responseOf = (length: number) =>
        Buffer.from([0x30, 0x81, 0x83 + length, 0x0a, 1, 0, ...Array(0x80 + length).fill(7)]);
      const path = join(directory, `${name}-ocsp.der`);
      writeFileSync(path, responseOf(0));
      const clock = createManualClock();
      const errors: Error[] = [];
      const server = await createServer(
        {
          endpoint: '127.0.0.1:0',
          tls: {
            certPem: own.cert,
            keyPem: own.key,
            ocspResponseFile: path,
            reloadIntervalMillis: 1000,
            onReloadError: (error) => void errors.push(error),
          },
          clock,
        },
        createRecordingHandler(),
      );
      t.after(() => server.shutdown(0));
      const stapled = async (requestOCSP: boolean) => {
        const port = Number(server.address.split(':').at(-1));
        const options = { host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols, requestOCSP };
        const socket = tls.connect(options);
        let response: Buffer | undefined;
        socket.on('OCSPResponse', (bytes) => {
          response = bytes;
        });
        await once(socket, 'secureConnect');
        socket.destroy();
        return response;
      };
      assert.deepEqual(await stapled(true), responseOf(0));
      assert.equal(await stapled(false), undefined);
      writeFileSync(path, responseOf(9));
      await clock.advance(1001);
      assert.deepEqual(await stapled(true), responseOf(9));
      // `tryLater` instead of `successful`.
      writeFileSync(path, Buffer.from([0x30, 3, 0x0a, 1, 3]));
      await clock.advance(1001);
      assert.deepEqual(await stapled(true), responseOf(9));
      assert.match(
        errors[0]?.message ?? '',
        /tls\.ocsp_response_file: expected a successful OCSP response in DER, got/,
      );
    });

    test('supports TLS 1.2 and 1.3, or the configured versions, and nothing older', async () => {
      const {
        server: { cert: certPem, key: keyPem },
      } = await createCertificates();
      const handler = createRecordingHandler();
      const server = await createServer({ endpoint: '127.0.0.1:0', tls: { certPem, keyPem } }, handler);
      const modern = await createServer(
        { endpoint: '127.0.0.1:0', tls: { certPem, keyPem, minVersion: '1.3' } },
        handler,
      );
      try {
        for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
          const { protocol, socket } = await handshake(server.address, {
            ALPNProtocols,
            minVersion: version,
            maxVersion: version,
          });
          assert.equal(protocol, version);
          socket.destroy();
        }
        const old = {
          ALPNProtocols,
          minVersion: 'TLSv1.1',
          maxVersion: 'TLSv1.1',
          ciphers: 'DEFAULT@SECLEVEL=0',
        } as const;
        await assert.rejects(handshake(server.address, old));
        await assert.rejects(handshake(modern.address, { ALPNProtocols, maxVersion: 'TLSv1.2' }));
      } finally {
        await Promise.all([server.shutdown(0), modern.shutdown(0)]);
      }
    });
  });
}

describe('certificates', () => {
  test('are rejected at creation with the file and the reason', async () => {
    const { server, client, ca } = await createCertificates();
    const certFile = file('cert.pem', server.cert);
    const keyFile = file('key.pem', server.key);
    const empty = file('empty.pem', '');
    const garbage = file('garbage.pem', '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n');
    const otherKey = file('other-key.pem', client.key);
    const missing = join(directory, 'missing.pem');
    const wrong: readonly (readonly [ServerTlsOptions, RegExp])[] = [
      [{}, /cert_file: expected the certificate of this server, got nothing/],
      [{ certFile }, /expected cert_file and key_file together/],
      [
        { certFile: missing, keyFile },
        /tls\.cert_file: expected a readable file, got .*missing\.pem: there is no such file/,
      ],
      [{ certFile: directory, keyFile }, /is a directory/],
      [{ certFile: garbage, keyFile }, /tls\.cert_file: expected certificates in PEM, got .*garbage\.pem/],
      [{ certFile, keyFile: certFile }, /tls\.key_file: expected a private key in PEM, got .*cert\.pem/],
      [{ certFile, keyFile: otherKey }, /cert\.pem and .*other-key\.pem do not work together/],
      [
        { certFile, keyFile, caFile: empty },
        /tls\.ca_file: expected certificates in PEM, got .*empty\.pem: no PEM block/,
      ],
      [{ certFile, keyFile, crlFile: empty }, /tls\.crl_file: expected client_ca_file as well/],
      [
        { certFile, keyFile, caPem: ca.cert, crlFile: empty },
        /tls\.crl_file: expected revocation lists in PEM or DER, got .*empty\.pem: no list/,
      ],
      [
        { certFile, keyFile, caPem: ca.cert, crlPem: '-----BEGIN X509 CRL-----\nabc\n-----END X509 CRL-----' },
        /tls\.crl_file: expected revocation lists in PEM or DER, got the text of crl_pem: /,
      ],
      [{ certFile, keyFile, ocspResponseFile: empty }, /expected a successful OCSP response in DER, got .*empty\.pem$/],
      [{ certFile, keyFile, cipherSuites: ['NONSENSE'] }, /no cipher match/],
    ];
    for (const [options, expected] of wrong) {
      assert.throws(
        () => createServerTls(options),
        (error) => error instanceof FileError && expected.test(error.message),
        String(expected),
      );
    }
    assert.throws(() => createClientTls({ caFile: missing }), /missing\.pem: there is no such file/);
    const suites = ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'];
    createServerTls({
      certFile,
      keyFile,
      caPem: ca.cert,
      cipherSuites: suites,
      maxVersion: '1.2',
      curvePreferences: ['X25519'],
    });
  });

  test('of a client are reloaded when their files change', async () => {
    const { ca, otherCa } = await createCertificates();
    const caFile = file('client-ca.pem', otherCa.cert);
    const clock = createManualClock();
    const material = createClientTls({ caFile, reloadIntervalMillis: 500 }, clock);
    const first = material.connectOptions().secureContext;
    writeFileSync(caFile, ca.cert);
    assert.equal(material.connectOptions().secureContext, first);
    await clock.advance(501);
    const second = material.connectOptions().secureContext;
    assert.notEqual(second, first);
    writeFileSync(caFile, 'broken');
    await clock.advance(501);
    assert.equal(material.connectOptions().secureContext, second);
  });

  test('of servers are checked by revocation lists, also in DER, of every authority', async (t) => {
    const { ca, otherCa, server: own } = await createCertificates();
    const server = await createGrpcServer(
      { endpoint: '127.0.0.1:0', tls: { certPem: own.cert, keyPem: own.key } },
      createRecordingHandler(),
    );
    t.after(() => server.shutdown(0));
    const connect = async (crlFile: string, caPem = ca.cert) => {
      const { socket } = await handshake(server.address, {
        ALPNProtocols: ['h2'],
        rejectUnauthorized: true,
        ...createClientTls({ caPem, crlFile }).connectOptions(),
      });
      socket.destroy();
    };
    const pem = await signRevocationList(ca, []);
    const der = join(directory, 'list.der');
    writeFileSync(der, Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64'));
    await connect(file('valid.crl', pem));
    await connect(der);
    await connect(file('both.crl', `${await signRevocationList(otherCa, [])}${pem}`));
    await assert.rejects(connect(file('revoked.crl', await signRevocationList(ca, [own]))), /revoked/);
    await assert.rejects(
      connect(file('other.crl', await signRevocationList(otherCa, []))),
      /unable to get certificate CRL/,
    );
    const expired = await signRevocationList(ca, [], { fromMillis: -7_200_000, toMillis: -3_600_000 });
    await assert.rejects(connect(file('expired.crl', expired)), /CRL has expired/);
  });

  test('have revocation lists that say whose they are and when the next one is due', async () => {
    const { ca, client } = await createCertificates();
    const near = (date: Date | undefined, millis: number) =>
      Math.abs((date?.getTime() ?? 0) - Date.now() - millis) < 60_000;
    const day = 86_400_000;
    const list = readRevocationList(await signRevocationList(ca, [client]));
    assert.ok(near(list.nextUpdate, day));
    assert.ok(near(list.produced, -3_600_000));
    assert.deepEqual([list.issuer, list.revokedCount], ['CN=otelier test CA', 1]);
    // From 2050 on, times have four digits for the year.
    const late = readRevocationList(await signRevocationList(ca, [], { toMillis: 30 * 365 * day }));
    assert.ok(near(late.nextUpdate, 30 * 365 * day));
    assert.equal(late.revokedCount, 0);
    for (const broken of ['', 'AAAA', 'MIL/', `${'MIGA'.repeat(3)}`])
      assert.throws(
        () => readRevocationList(`-----BEGIN X509 CRL-----\n${broken}\n-----END X509 CRL-----`),
        /expected/,
      );
  });

  test('in a file are trusted in addition to those of the system', async () => {
    const {
      ca,
      server: { cert: certPem, key: keyPem },
    } = await createCertificates();
    const { createGrpcClient } = await import('./index.ts');
    const server = await createGrpcServer(
      { endpoint: '127.0.0.1:0', tls: { certPem, keyPem } },
      createRecordingHandler(),
    );
    const client = createGrpcClient({
      endpoint: server.address,
      tls: { caPem: ca.cert, includeSystemCaCertsPool: true },
    });
    assert.deepEqual(await client.export('logs', []), ACCEPTED);
    await client.shutdown();
    await server.shutdown();
  });
});
