import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCertificates, signRevocationList, signServerCertificate } from '@otelier/testkit/certificates';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createHttpServer } from '@otelier/transport/http-server';
import { doctorCommand } from '../cli/doctor/command.ts';
import { printed, withTempDirectory } from '../cli/otelier.testing.ts';
import { createKeyCommand } from '../cli/store/keys.ts';
import { runChecks } from './diagnose.ts';
import { configOf, findingsOf, load, spanAt, withService } from './doctor.testing.ts';

const HOUR_MILLIS = 3_600_000;

/** Checks a configuration that does not run. */
async function checked(text: string) {
  const loaded = await load(text);
  assert.ok(loaded.ok);
  return await runChecks({ config: loaded.config, diagnostics: loaded.errors, nowMillis: Date.now(), live: undefined });
}

const tlsConfig = (directory: string) =>
  configOf('{nop: {}}').replace(
    'endpoint: 127.0.0.1:0',
    `endpoint: 127.0.0.1:0, tls: {cert_file: ${directory}/cert.pem, key_file: ${directory}/key.pem}`,
  );

for (const [name, validity, expected] of [
  [
    'that has expired',
    { fromMillis: -2 * HOUR_MILLIS, toMillis: -HOUR_MILLIS },
    /^error receivers\/otlp: \S+cert\.pem: the certificate CN=collector\.example expired at /,
  ],
  [
    'that expires soon',
    { fromMillis: -99 * HOUR_MILLIS, toMillis: 2 * HOUR_MILLIS },
    /^warning receivers\/otlp: .* expires at \S+, in 2 hours$/,
  ],
  [
    'that is not valid yet',
    { fromMillis: HOUR_MILLIS, toMillis: 99 * HOUR_MILLIS },
    /^error receivers\/otlp: .* is not valid before /,
  ],
  ['that is valid', {}, undefined],
] as const) {
  test(`a certificate of the configuration ${name}`, () =>
    withTempDirectory(async (directory) => {
      const { cert, key } = await signServerCertificate((await createCertificates()).ca, validity);
      await writeFile(join(directory, 'cert.pem'), cert);
      await writeFile(join(directory, 'key.pem'), key);
      const findings = findingsOf(await checked(tlsConfig(directory)), 'certificates');
      if (expected === undefined) assert.deepEqual(findings, []);
      else assert.match(findings[0] ?? '', expected);
    }));
}

for (const [name, hours, expected] of [
  ['that has expired', -1, /^error receivers\/otlp: \S+list\.crl: the revocation list expired at \S+: certificates of/],
  ['that expires soon', 3, /^warning receivers\/otlp: \S+list\.crl: the revocation list expires at \S+, in 3 hours$/],
  ['that is valid', 24, undefined],
] as const) {
  test(`a revocation list of the configuration ${name}`, () =>
    withTempDirectory(async (directory) => {
      const { ca, server } = await createCertificates();
      const validity = { fromMillis: -99 * HOUR_MILLIS, toMillis: hours * HOUR_MILLIS };
      await writeFile(join(directory, 'cert.pem'), server.cert);
      await writeFile(join(directory, 'key.pem'), server.key);
      await writeFile(join(directory, 'ca.pem'), ca.cert);
      await writeFile(join(directory, 'list.crl'), await signRevocationList(ca, [], validity));
      const lists = `, client_ca_file: ${directory}/ca.pem, crl_file: ${directory}/list.crl}`;
      const findings = findingsOf(
        await checked(tlsConfig(directory).replace('key.pem}', `key.pem${lists}`)),
        'certificates',
      );
      if (expected === undefined) assert.deepEqual(findings, []);
      else assert.match(findings.find((finding) => finding.includes('list')) ?? '', expected);
    }));
}

test('reports the certificate of a destination that has expired', async () => {
  const { cert, key } = await signServerCertificate((await createCertificates()).ca, { toMillis: -HOUR_MILLIS / 2 });
  const server = await createHttpServer(
    { endpoint: '127.0.0.1:0', tls: { certPem: cert, keyPem: key } },
    createRecordingHandler(),
  );
  const { address } = server;
  try {
    await withService(
      configOf(`{otlp_http: {endpoint: "https://${address}", tls: {insecure_skip_verify: true}}}`),
      async (running) => {
        const [finding] = findingsOf(await running.diagnose(), 'destinations');
        assert.match(
          finding ?? '',
          /^error exporters\/otlp_http: https:\S+: the certificate CN=collector\.example expired at /,
        );
      },
    );
  } finally {
    await server.shutdown(0);
  }
});

test('reports a disk that is smaller than the limit of a store', () =>
  withTempDirectory(async (directory) => {
    const report = await checked(configOf(`{store: {directory: "${directory}/data", max_size: 900TB}}`));
    assert.match(
      findingsOf(report, 'disk')[0] ?? '',
      /^warning exporters\/store: .*: the disk has .* free, and the directory may grow by /,
    );
  }));

/** A file system without free space, for unprivileged users, too. */
const FULL = '/proc';
const isFull = existsSync(FULL) && statfsSync(FULL).bavail === 0;

test('reports a disk that is full', { skip: !isFull && `needs ${FULL} without free space` }, async () => {
  const directory = `${FULL}/otelier/data`;
  const [finding, ...others] = findingsOf(await checked(configOf(`{store: {directory: ${directory}}}`)), 'disk');
  assert.equal(finding, `error exporters/store: ${directory}: the disk has only 0 MB free`);
  assert.deepEqual(others, []);
});

test('reports a store near its limit that removes telemetry before its retention', () =>
  withTempDirectory(async (directory) => {
    const config = (size: string) =>
      configOf(`{store: {directory: "${directory}/data", max_size: ${size}, retention: 168h}}`);
    let bytes = 0;
    await withService(config('100MB'), async ({ service, send }) => {
      assert.equal(await send('/v1/traces', spanAt(Date.now(), { 'service.name': 'a' })), 200);
      const store = [...service.host.stores().values()][0];
      await store?.flush();
      bytes = (await store?.stats())?.sizeBytes ?? 0;
    });
    assert.ok(bytes > 0);
    await withService(config(`${Math.ceil(bytes * 1.05)}B`), async ({ diagnose }) => {
      assert.match(
        findingsOf(await diagnose(), 'disk')[0] ?? '',
        /^warning exporters\/store: .*: the store has 0 MB of at most 0 MB: with a retention of 168 h configured, telemetry is removed at an age of 0\.0 h$/,
      );
    });
  }));

test('reports a memory limit beyond the memory of the machine', async () => {
  const report = await checked(configOf('{nop: {}}', '  memory: {limit: 900TiB}'));
  assert.match(
    findingsOf(report, 'memory')[0] ?? '',
    /^error service\.memory\.limit: the limit for telemetry in flight is /,
  );
});

test('reports warnings of the configuration, and errors in files that the process has not loaded', async () => {
  const unused = configOf('{nop: {}, debug: {}}');
  assert.deepEqual(
    findingsOf(await checked(unused), 'configuration').map((text) => text.slice(0, 25)),
    ['warning exporters.debug: '],
  );
  const broken = async () => load('receivers: {otpl: }');
  await withService(
    configOf('{nop: {}}'),
    async ({ diagnose }) => {
      assert.match(
        findingsOf(await diagnose(), 'configuration').join('\n'),
        /^error receivers\.otpl: otelier\.yaml:1:13: /m,
      );
    },
    broken,
  );
});

test('reports a low limit of file descriptors', { skip: process.platform !== 'linux' && 'needs /proc' }, () => {
  const module = new URL('./checks/descriptors.ts', import.meta.url).href;
  const live = '{ graphs: [], senders: [], stores: new Map(), health: { errors: [] } }';
  const script = `const { descriptors } = await import('${module}'); console.log(JSON.stringify(await descriptors.run({ live: ${live} })))`;
  const command = `ulimit -n 200; exec '${process.execPath}' --input-type=module -e "$1"`;
  const [finding] = JSON.parse(execFileSync('sh', ['-c', command, 'sh', script], { encoding: 'utf8' }));
  assert.match(finding.message, /^\d+ of 200 file descriptors are in use/);
});

test('reports a metric with many series, and the attribute that causes it', () =>
  withTempDirectory((directory) =>
    withService(configOf(`{store: {directory: "${directory}/data", max_size: 100MB}}`), async ({ send, diagnose }) => {
      const timeUnixNano = `${Date.now() - 1000}000000`;
      const attributes = [{ key: 'service.name', value: { stringValue: 'shop' } }];
      const dataPoints = Array.from({ length: 10_500 }, (_, index) => ({
        timeUnixNano,
        asInt: index,
        attributes: [{ key: 'user.id', value: { intValue: index } }],
      }));
      const metrics = [{ name: 'visits', gauge: { dataPoints } }];
      assert.equal(
        await send('/v1/metrics', { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] }),
        200,
      );
      assert.deepEqual(findingsOf(await diagnose(), 'cardinality'), [
        'warning metric visits: 10,500 series in the last 10 minutes, sent by shop; the attribute user.id has 10,500 values',
      ]);
    }),
  ));

test('otelier doctor prints findings with remedies and sets the exit code', () =>
  withTempDirectory(async (directory) => {
    const file = join(directory, 'otelier.yaml');
    const options = { config: [file], set: [], url: 'http://127.0.0.1:1', seconds: 0 };
    const before = process.exitCode;
    try {
      await writeFile(file, configOf('{nop: {}}'));
      const healthy = await printed((console) => doctorCommand(options, console));
      assert.match(healthy.stdout, /^No findings: \d+ checks\.\n$/);
      assert.equal(process.exitCode, before);
      await writeFile(file, configOf('{nop: {}, debug: {}}'));
      const { stdout } = await printed((console) => doctorCommand(options, console));
      assert.match(
        stdout,
        /^warning {2}exporters\.debug\n {9}.*no effect.*\n {9}→ Correct the configuration\.\n\n1 finding: \d+ checks\.\n$/,
      );
      assert.equal(process.exitCode, 3);
      await writeFile(file, configOf('{nop: {}}', '  memory: {limit: 900TiB}'));
      const json = await printed((console) => doctorCommand({ ...options, json: true }, console));
      assert.equal(JSON.parse(json.stdout).findings[0].check, 'memory');
      assert.equal(process.exitCode, 4);
    } finally {
      process.exitCode = before;
    }
  }));

test('keys that others can read, and a missing file of keys', () =>
  withTempDirectory(async (directory) => {
    const path = join(directory, 'keys');
    const config = configOf(`{store: {directory: ${directory}/data, encryption: {provider: file, path: ${path}}}}`);
    const [missing] = findingsOf(await checked(config), 'encryption');
    assert.match(missing ?? '', /^error exporters\/store: .*keys: expected a file with keys: ENOENT/);
    const { stdout } = await printed(async (console) => createKeyCommand({}, console));
    await writeFile(path, stdout, { mode: 0o644 });
    const [open] = findingsOf(await checked(config), 'encryption');
    assert.match(open ?? '', /^error exporters\/store: .*keys: expected permissions 0600, got 0644/);
    await chmod(path, 0o600);
    const found = findingsOf(await checked(config), 'encryption');
    assert.deepEqual(
      found.filter((finding) => finding.startsWith('error')),
      [],
    );
  }));
