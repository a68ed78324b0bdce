import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createCertificates } from '@otelier/testkit/certificates';
import { type AcmeServer, startAcmeServer } from '@otelier/testkit/servers/acme-server';
import { load } from '../../doctor/doctor.testing.ts';
import { createLogger } from '../../service/logging.ts';
import { createService } from '../../service/service.ts';
import { printed, withTempDirectory } from '../otelier.testing.ts';
import { listCertificatesCommand } from './list.ts';
import { type RevokeOptions, revokeCertificateCommand } from './revoke.ts';

const NAME = 'telemetry.example.com';

/** Starts an authority, and a service with its certificate. The returned function starts another one after it. */
async function startWorld(t: TestContext, directory: string) {
  const { ca } = await createCertificates();
  let port = 0;
  const authority = await startAcmeServer({ ca, now: Date.now, validationPort: () => port });
  t.after(() => authority.close());
  const extension = `{names: [${NAME}], terms_of_service_agreed: true, directory: ${directory}, directory_url: "${authority.directoryUrl}", challenge: {endpoint: "127.0.0.1:0"}}`;
  const text = `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0", tls: {acme: acme}}}}}
exporters: {nop: {}}
extensions: {acme: ${extension}, workbench: {endpoint: "127.0.0.1:0"}}
service:
  telemetry: {metrics: {level: none}}
  extensions: [acme, workbench]
  pipelines: {logs: {receivers: [otlp], exporters: [nop]}}
`;
  const withService = async (run: (url: string) => Promise<void>) => {
    const loaded = await load(text);
    assert.ok(loaded.ok);
    const issued = Promise.withResolvers<void>();
    const write = (line: string) => {
      const { msg, address = '', reason } = JSON.parse(line) as Record<string, string>;
      if (msg === 'ACME challenge listening') port = Number(address.split(':').at(-1));
      if (msg === 'certificate issued') issued.resolve();
      if (msg === 'certificate not issued, retrying') issued.reject(new Error(reason));
    };
    const logger = createLogger({ level: 'info', encoding: 'json' }, { write });
    const service = createService({ config: loaded.config, readConfig: () => load(text), logger });
    await service.start();
    try {
      await issued.promise;
      const { address } = service.host.endpoints().find(({ component }) => component === 'workbench') ?? {};
      await run(`http://${address}`);
    } finally {
      await service.drain(0);
      await service.shutdown();
    }
  };
  return { authority, text, withService };
}

async function revoke(text: string, options: Partial<RevokeOptions> = {}): Promise<string> {
  const all = { config: [`yaml:${text}`], set: [], reason: 'keyCompromise', ...options } as const;
  return (await printed((console) => revokeCertificateCommand(all, console))).stdout;
}

function revocations({ requests }: AcmeServer) {
  return requests.flatMap(({ path, payload }) => (path === '/revoke' ? [payload as { readonly reason: number }] : []));
}

test('lists and revokes the certificate of an authority, after which another one is obtained', async (t) => {
  await withTempDirectory(async (directory) => {
    const { authority, text, withService } = await startWorld(t, directory);
    await withService(async (url) => {
      const serial = authority.issued[0]?.serialNumber ?? '';
      const list = async (json: boolean) =>
        (await printed((console) => listCertificatesCommand({ url, json }, console))).stdout;
      assert.match(
        await list(false),
        new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +valid +extensions/acme +server +${NAME} +${serial}$`, 'm'),
      );
      assert.equal(JSON.parse(await list(true)).certificates[0].certificate.serialNumber, serial);
      const without = await revoke(text);
      assert.match(without, new RegExp(`^certificate +${serial}\nnames +DNS:${NAME}\n`));
      assert.match(without, /^reason +keyCompromise\nnothing was revoked: repeat the command with --confirm\n$/m);
      assert.deepEqual(revocations(authority), []);
      assert.match(await revoke(text, { confirm: true }), /^revoked\notelier obtains another certificate within/m);
      assert.deepEqual([authority.revoked, revocations(authority)[0]?.reason], [[serial], 1]);
    });
    // The next process does not use the revoked one.
    await withService(async () => assert.equal(authority.issued.length, 2));
    const accounts = authority.requests.filter(({ path }) => path === '/account');
    assert.deepEqual(new Set(accounts.map(({ payload }) => JSON.stringify(payload))).size, 1);
    const rejecting = (type: string) => (path: string) => {
      const body = JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail: 'no\u001b[2J' });
      return path === '/revoke' ? { status: 400, body } : undefined;
    };
    authority.replace = rejecting('unauthorized');
    await assert.rejects(revoke(text, { confirm: true }), { message: 'the revocation: unauthorized: no [2J' });
    authority.replace = rejecting('alreadyRevoked');
    assert.match(await revoke(text, { confirm: true, reason: 'superseded' }), /^it had been revoked before$/m);
  });
});

test('says what is missing', async () => {
  await withTempDirectory(async (directory) => {
    const extension = `{names: [${NAME}], terms_of_service_agreed: true, challenge: {endpoint: "127.0.0.1:0"}, directory: ${directory}`;
    const config = (extensions: string, ids: string) =>
      `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}\nexporters: {nop: {}}\nextensions: {${extensions}}\nservice: {extensions: [${ids}], pipelines: {logs: {receivers: [otlp], exporters: [nop]}}}\n`;
    const rejected = (text: string, options: Partial<RevokeOptions>, message: string) =>
      assert.rejects(revoke(text, options), { name: 'CommandFailure', message });
    await rejected(
      config('workbench: {endpoint: "127.0.0.1:0"}', 'workbench'),
      {},
      'expected an acme extension in service.extensions, got none',
    );
    const two = config(`acme: ${extension}/a}, acme/b: ${extension}/b}`, 'acme, acme/b');
    await rejected(two, {}, 'expected --extension acme or acme/b, got none');
    await rejected(two, { extension: 'acme/c' }, 'expected --extension acme or acme/b, got acme/c');
    await rejected(two, { extension: 'acme/b' }, `${directory}/b: expected the key of an account, got none`);
    const one = config(`acme: ${extension}}`, 'acme');
    const { server } = await createCertificates();
    writeFileSync(join(directory, 'account-key.pem'), server.key);
    await rejected(one, {}, `${directory}: expected a certificate, got none`);
    writeFileSync(join(directory, 'certificate.pem'), 'none');
    await assert.rejects(revoke(one), { name: 'CommandFailure', message: /: expected a certificate, got error:/ });
  });
});
