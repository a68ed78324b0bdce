import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { createCertificates } from '@otelier/testkit/certificates';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { type AcmeServer, type AcmeServerOptions, startAcmeServer } from '@otelier/testkit/servers/acme-server';
import type { AcmeOffer } from '../certificates/acme/acme-extension.ts';
import { renewalId } from '../certificates/acme/renewal.ts';
import { otlp } from '../receivers/otlp.ts';
import { acme } from './acme.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-acme-'));
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

const NAME = 'telemetry.example.com';
const BASE = { names: [NAME], terms_of_service_agreed: true, challenge: { endpoint: '127.0.0.1:0' } };
const DAY_MILLIS = 86_400_000;

extensionContract(acme, {
  config: { ...BASE, directory: join(root, 'contract'), directory_url: 'http://127.0.0.1:1/directory' },
});

interface World {
  readonly authority: AcmeServer;
  readonly bench: ComponentBench;
  readonly directory: string;
  readonly port: number;
}

/** Starts a receiver with the certificate of an authority. */
async function startWorld(
  t: TestContext,
  config: Readonly<Record<string, unknown>> = {},
  options: Partial<AcmeServerOptions> = {},
): Promise<World> {
  const { ca } = await createCertificates();
  const portOf = (message: string) =>
    Number(
      String(bench.logs.find(({ msg }) => msg === message)?.['address'])
        .split(':')
        .at(-1),
    );
  const authority = await startAcmeServer({
    ...{ ca, now: () => bench.clock.now(), validationPort: () => portOf('ACME challenge listening') },
    ...options,
  });
  t.after(() => authority.close());
  const directory = String(config['directory'] ?? join(root, String(count++)));
  const bench = await createComponentBench(otlp, {
    config: { protocols: { http: { endpoint: '127.0.0.1:0', tls: { acme: 'acme' } } } },
    extensions: {
      acme: { definition: acme, config: { ...BASE, directory, directory_url: authority.directoryUrl, ...config } },
    },
    // So that all certificates of a test are valid now.
    startMillis: Date.now() - 60 * DAY_MILLIS,
    random: () => 0.5,
  });
  t.after(() => bench.close());
  return {
    authority,
    bench,
    directory,
    get port() {
      return Number(bench.service.host.endpoints()[0]?.address.split(':').at(-1));
    },
  };
}

/** Waits for a condition, which tasks of this process or the network fulfil. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

function status({ bench }: World): string | undefined {
  return bench.service.host.statuses().find(({ kind }) => kind === 'extension')?.error;
}

/** Returns when the certificate is renewed; 0 if that is not known yet. */
function renewalMillis({ bench }: World): number {
  const offered = bench.service.host.extension('acme')?.offers as AcmeOffer;
  return offered.state()?.renewalMillis ?? 0;
}

/** Waits until the renewal of the present certificate is planned, and the extension waits for it. */
async function untilPlanned(world: World): Promise<void> {
  const { clock } = world.bench;
  // The first step after a certificate is due at once.
  while (renewalMillis(world) <= clock.now()) await clock.advance(0);
  await clock.advance(0);
}

function issuedCount({ bench }: World): number {
  return bench.logs.filter(({ msg }) => msg === 'certificate issued').length;
}

/** Opens a connection that verifies the certificate, and returns it. */
async function connect({ port }: World, name = NAME) {
  const { ca } = await createCertificates();
  const socket = tls.connect({ host: '127.0.0.1', port, servername: name, ca: ca.cert });
  await once(socket, 'secureConnect');
  return socket;
}

test('starts without a certificate, retries, and renews it', async (t) => {
  const world = await startWorld(t);
  const { authority, bench, directory } = world;
  const limited = { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many\ncertificates' };
  authority.replace = (path) =>
    path === '/order' ? { status: 429, headers: { 'retry-after': '7200' }, body: JSON.stringify(limited) } : undefined;
  await bench.start();
  await until(() => status(world) !== undefined);
  assert.equal(status(world), 'no new certificate, retrying: the order: rateLimited: too many certificates');
  await assert.rejects(connect(world));
  authority.replace = () => undefined;
  authority.rejectedNonces = 3;
  await bench.clock.advance(7_100_000);
  assert.equal(authority.issued.length, 0);
  await bench.clock.advance(100_000);
  await until(() => status(world) === undefined);
  await bench.clock.advance(1000);
  const first = await connect(world);
  assert.equal(first.getPeerCertificate().serialNumber, authority.issued[0]?.serialNumber);
  const modes = readdirSync(directory)
    .filter((name) => name.endsWith('.pem'))
    .map((name) => [name, (statSync(join(directory, name)).mode & 0o777).toString(8)]);
  assert.deepEqual(modes, [
    ['account-key.pem', '600'],
    ['certificate.pem', '600'],
  ]);
  await untilPlanned(world);
  // A third of 90 days before it expires, and half of the tenth of that earlier.
  const left = renewalMillis(world) - bench.clock.now();
  assert.ok(Math.abs(left - 58.5 * DAY_MILLIS) < 60_000, String(left));
  bench.clock.jump(left);
  // The longest wait, and no more, which would end the requests that follow it.
  await bench.clock.advance(300_000);
  await until(() => issuedCount(world) === 2);
  const second = await connect(world);
  assert.equal(second.getPeerCertificate().serialNumber, authority.issued[1]?.serialNumber);
  const accounts = authority.requests.filter(({ path }) => path === '/account');
  assert.deepEqual(accounts[0]?.payload, { termsOfServiceAgreed: true });
  // As `otelier certificates revoke` notes it, while the extension waits.
  await untilPlanned(world);
  writeFileSync(join(directory, 'revoked.txt'), authority.issued[1]?.fingerprint256 ?? '');
  await bench.clock.advance(300_000);
  await until(() => issuedCount(world) === 3);
  for (const socket of [first, second]) socket.destroy();
});

test('proves names by TLS, for an external account, and renews when the authority asks for it', async (t) => {
  let isUrgent = false;
  const world = await startWorld(
    t,
    {
      names: [NAME, 'b.example.com'],
      challenge: { type: 'tls-alpn-01', endpoint: '127.0.0.1:0' },
      external_account: { key_id: 'known', hmac_key: 'c2VjcmV0' },
      key_type: 'ec384',
      contact: ['admin@example.com'],
    },
    {
      externalAccounts: { known: 'c2VjcmV0' },
      window({ validToDate }) {
        const start = isUrgent ? 0 : validToDate.getTime() - 10 * DAY_MILLIS;
        return { start: new Date(start), end: new Date(start + DAY_MILLIS) };
      },
    },
  );
  const { authority, bench } = world;
  await bench.start();
  await until(() => issuedCount(world) === 1);
  const [first] = authority.issued;
  assert.ok(first);
  assert.equal(first.subjectAltName, `DNS:${NAME}, DNS:b.example.com`);
  assert.equal(first.publicKey.asymmetricKeyDetails?.namedCurve, 'secp384r1');
  await untilPlanned(world);
  assert.ok(Math.abs(renewalMillis(world) - first.validToDate.getTime() + 9.5 * DAY_MILLIS) < 1000);
  isUrgent = true;
  // What the authority says is read every six hours.
  await bench.clock.advance(6 * 3_600_000);
  await until(() => issuedCount(world) === 2);
  const order = authority.requests.findLast(({ path }) => path === '/order')?.payload;
  assert.deepEqual(order, {
    identifiers: [NAME, 'b.example.com'].map((value) => ({ type: 'dns', value })),
    replaces: renewalId(first),
  });
});

test('one of several processes has the directory, and the others use its certificate', async (t) => {
  const first = await startWorld(t);
  await first.bench.start();
  await until(() => issuedCount(first) === 1);
  const second = await startWorld(t, { directory: first.directory, directory_url: first.authority.directoryUrl });
  await second.bench.start();
  await second.bench.clock.advance(1000);
  (await connect(second)).destroy();
  assert.equal(second.authority.requests.length, 0);
  assert.equal(status(second), undefined);
  await first.bench.close();
  await second.bench.clock.advance(30_000);
  await until(() => second.bench.logs.some(({ msg }) => msg === 'ACME challenge listening'));
  assert.equal(first.authority.issued.length, 1);
});

test('rejects whatever an authority may respond with', async (t) => {
  const world = await startWorld(t, { names: ['a.example.com', 'b.example.com'] });
  const { authority, bench } = world;
  const { otherCa, server } = await createCertificates();
  const order = (change: Record<string, unknown>) => (path: string, body: unknown) =>
    path === '/order' || path.startsWith('/order/') ? changed(body, change) : undefined;
  const authorization = (change: Record<string, unknown>) => (path: string, body: unknown) =>
    path.startsWith('/authorization') ? changed(body, change) : undefined;
  const changed = (body: unknown, change: Record<string, unknown>) => ({
    headers: { location: authority.directoryUrl.replace('directory', 'order/0') },
    body: JSON.stringify({ ...(body as object), ...change }),
  });
  const directory = (body: string) => (path: string) => (path === '/directory' ? { body } : undefined);
  const chain = (body: string) => (path: string) => (path.startsWith('/certificate') ? { body } : undefined);
  const cases: readonly (readonly [AcmeServer['replace'], RegExp])[] = [
    [directory('<html>'), /the directory: expected newNonce|expected newAccount/],
    [
      directory('{"newNonce":"http://169.254.169.254/","newAccount":"http://127.0.0.1/"}'),
      /newAccount: expected a URL of http:\/\/127\.0\.0\.1:\d+, got http:\/\/127\.0\.0\.1/,
    ],
    [directory(`{"x":"${'y'.repeat(300_000)}"}`), /expected a response of at most 262144 bytes/],
    [
      (path) => (path === '/directory' ? { status: 302, headers: { location: '/nonce' }, body: '' } : undefined),
      /too many redirects/,
    ],
    [
      (path, body) => ({
        headers: { 'replay-nonce': 'a b', location: authority.directoryUrl.replace('directory', path.slice(1)) },
        body: JSON.stringify(body),
      }),
      /newNonce: expected the header replay-nonce, got none/,
    ],
    [
      (path) => (path === '/account' ? { headers: { location: 'file:///etc/passwd' }, body: '{}' } : undefined),
      /the account: expected a URL of/,
    ],
    [
      (path) => (path === '/account' ? { status: 500, body: '\u0000[31m'.repeat(500) } : undefined),
      /the account: status 500$/,
    ],
    [order({ authorizations: 'x' }), /expected an authorization for each name, got 0/],
    [order({ authorizations: Array(300).fill('x') }), /expected an authorization for each name, got 200/],
    [
      order({ authorizations: ['https://evil.example/'] }),
      /the authorization: expected a URL of .*, got https:\/\/evil\.example/,
    ],
    [authorization({ identifier: { value: 'other.example.com' } }), /expected one of the names of the order/],
    [
      authorization({ challenges: [{ type: 'dns-01' }] }),
      /a\.example\.com: expected a challenge http-01 with a token, got none/,
    ],
    [
      authorization({ challenges: [{ type: 'http-01', token: '../../x'.repeat(9) }] }),
      /expected a challenge http-01 with a token/,
    ],
    [authorization({ status: 'deactivated', challenges: [] }), /expected a challenge/],
    [
      order({ status: 'invalid', error: { detail: 'no \u202Emoney\u202C' } }),
      /the order: the authority rejected it: no money/,
    ],
    [chain(''), /expected 1 to 10 certificates, got 0/],
    [chain(otherCa.cert.repeat(11)), /expected 1 to 10 certificates, got 11/],
    [chain('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'), /expected certificates in PEM/],
    [chain(server.cert), /expected one of the requested key/],
  ];
  let retryInMillis = 0;
  authority.replace = cases[0]?.[0] ?? authority.replace;
  await bench.start();
  for (const [replace, expected] of cases) {
    authority.replace = replace;
    const before = retryInMillis === 0 ? 0 : bench.logs.length;
    const failure = () => bench.logs.slice(before).find(({ msg }) => msg === 'certificate not issued, retrying');
    await bench.clock.advance(retryInMillis);
    await until(() => failure() !== undefined);
    retryInMillis = Number(failure()?.['retryInMillis']);
    assert.match(String(failure()?.['reason']), expected);
  }
  assert.equal(readdirSync(world.directory).includes('certificate.pem'), false);
});

test('is checked before the start', async () => {
  const rejected = async (config: Record<string, unknown>, expected: RegExp, server: object = { acme: 'acme' }) =>
    assert.rejects(
      createComponentBench(otlp, {
        config: { protocols: { http: { endpoint: '127.0.0.1:0', tls: server } } },
        extensions: { acme: { definition: acme, config: { ...BASE, ...config } } },
      }),
      expected,
    );
  await rejected({ names: ['*.example.com'] }, /names.*expected a host name such as/s);
  await rejected({ names: ['localhost'] }, /expected a host name such as/);
  await rejected({ terms_of_service_agreed: false }, /expected true, after you have read the terms of service/);
  await rejected(
    { directory_url: 'http://ca.example.com/directory' },
    /expected an https URL, or http on this machine/,
  );
  await rejected({}, /tls\.acme: expected an acme extension of service\.extensions \(acme\), got "acme\/other"/, {
    acme: 'acme/other',
  });
  await rejected({}, /tls\.acme: expected no certificate and key beside it/, { acme: 'acme', cert_file: 'x' });
});
