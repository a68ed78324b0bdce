import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { systemClock } from '@otelier/transport';
import { openAccount } from '../../../packages/collector/src/certificates/acme/account.ts';
import { AcmeConnection } from '../../../packages/collector/src/certificates/acme/connection.ts';
import { revokeCertificate } from '../../../packages/collector/src/certificates/acme/revoke-certificate.ts';
import { StateDirectory } from '../../../packages/collector/src/certificates/acme/state-directory.ts';
import { acme } from '../../../packages/collector/src/extensions/acme.ts';
import { otlp } from '../../../packages/collector/src/receivers/otlp.ts';
import type { Comparison } from '../check.ts';
import { EXTERNAL_ACCOUNT, type Pebble, startPebble } from './pebble.ts';

export const NAMES = ['telemetry.example.com', 'collector.example.com'];
/** Certificates that are issued under load. */
const RENEWALS = 4;
const CLIENTS = 4;

/** Obtains certificates from Pebble by both challenges, renews them under load, and revokes one. */
export async function compareWithPebble(): Promise<Comparison> {
  const pebble = await startPebble({ default: 7_776_000, short: 15 });
  const root = mkdtempSync(join(tmpdir(), 'otelier-interop-acme-'));
  try {
    const mismatches: string[] = [];
    const rotation = await rotateUnderLoad(pebble, join(root, 'http'), mismatches);
    const revoked = await revoke(pebble, join(root, 'tls'), mismatches);
    const rejected = pebble.exchanges.filter(({ body }) => body.includes('badNonce')).length;
    if (rejected === 0) mismatches.push('expected rejected nonces, got none');
    const note = `${rotation.handshakes} handshakes with ${rotation.serials} certificates, ${rotation.failed} failed; ${rejected} nonces rejected`;
    return { compared: rotation.handshakes + revoked, mismatches, note };
  } finally {
    await pebble.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Starts a receiver with a certificate of Pebble. */
export async function startReceiver(pebble: Pebble, directory: string, config: Readonly<Record<string, unknown>>) {
  const bench = await createComponentBench(otlp, {
    config: { protocols: { http: { endpoint: '127.0.0.1:0', tls: { acme: 'acme' } } } },
    extensions: {
      acme: {
        definition: acme,
        config: {
          ...{ names: NAMES, terms_of_service_agreed: true, external_account: EXTERNAL_ACCOUNT, directory },
          ...{ directory_url: pebble.directoryUrl, tls: { ca_pem: pebble.serverCa }, ...config },
        },
      },
    },
    clock: systemClock,
  });
  await bench.start();
  const issued = () => bench.logs.filter(({ msg }) => msg === 'certificate issued').length;
  const port = Number(bench.service.host.endpoints()[0]?.address.split(':').at(-1));
  const untilIssued = async (count: number) => {
    const failure = () => bench.logs.find(({ msg }) => msg === 'certificate not issued, retrying');
    while (issued() < count) {
      if (failure() !== undefined) throw new Error(`no certificate: ${failure()?.['reason']}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { bench, port, issued, untilIssued };
}

/** Opens a connection that verifies the certificate, and returns its serial number. */
async function handshake(port: number, ca: string): Promise<string> {
  const socket = tls.connect({ host: '127.0.0.1', port, servername: NAMES[0] ?? '', ca, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

async function rotateUnderLoad(pebble: Pebble, directory: string, mismatches: string[]) {
  const receiver = await startReceiver(pebble, directory, {
    challenge: { endpoint: `127.0.0.1:${pebble.httpPort}` },
    ...{ profile: 'short', renew_before: '10s' },
  });
  await receiver.untilIssued(1);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const serials = new Set<string>();
  let handshakes = 0;
  let failed = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (serials.size < RENEWALS) {
        handshakes += 1;
        try {
          serials.add(await handshake(receiver.port, pebble.root));
        } catch (error) {
          failed += 1;
          mismatches.push(`a handshake failed: ${String(error)}`);
        }
      }
    }),
  );
  await receiver.bench.close();
  return { handshakes, failed, serials: serials.size };
}

async function revoke(pebble: Pebble, directory: string, mismatches: string[]): Promise<number> {
  const receiver = await startReceiver(pebble, directory, {
    challenge: { type: 'tls-alpn-01', endpoint: `127.0.0.1:${pebble.tlsPort}` },
    key_type: 'rsa2048',
  });
  await receiver.untilIssued(1);
  await receiver.bench.close();
  const pem = readFileSync(join(directory, 'certificate.pem'), 'utf8');
  const certificate = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----')));
  if (certificate.publicKey.asymmetricKeyType !== 'rsa') mismatches.push('expected an RSA key');
  const { signal } = new AbortController();
  const { directoryUrl } = pebble;
  const connection = new AcmeConnection({ directoryUrl, tls: { ca: pebble.serverCa }, clock: systemClock, signal });
  await connection.open();
  const externalAccount = { keyId: EXTERNAL_ACCOUNT.key_id, hmacKey: EXTERNAL_ACCOUNT.hmac_key };
  const signer = await openAccount(connection, new StateDirectory(directory), { contact: [], externalAccount });
  await revokeCertificate(connection, signer, certificate, 'keyCompromise');
  const again = await revokeCertificate(connection, signer, certificate, 'superseded').catch(String);
  if (!/alreadyRevoked/.test(String(again))) mismatches.push(`expected the certificate to be revoked, got ${again}`);
  // The authority suggests a time in the past for a revoked certificate.
  const next = await startReceiver(pebble, directory, {
    challenge: { type: 'tls-alpn-01', endpoint: `127.0.0.1:${pebble.tlsPort}` },
  });
  await next.untilIssued(1);
  await next.bench.close();
  return 3;
}
