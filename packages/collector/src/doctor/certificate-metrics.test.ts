import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCertificates, signRevocationList, signServerCertificate } from '@otelier/testkit/certificates';
import { createManualClock } from '@otelier/testkit/clock';
import { createCertificateMetrics } from './certificate-metrics.ts';
import { load } from './doctor.testing.ts';

const HOUR_MILLIS = 3_600_000;

test('has the expiry of each certificate and revocation list, and reads changed files after a minute', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-certificates-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const { ca, server } = await createCertificates();
  const certFile = write('cert.pem', server.cert);
  const caFile = write('ca.pem', ca.cert);
  const crlFile = write('list.crl', await signRevocationList(ca, [], { toMillis: 5 * HOUR_MILLIS }));
  const tls = `cert_file: ${certFile}, key_file: ${write('key.pem', server.key)}, client_ca_file: ${caFile}, crl_file: ${crlFile}`;
  const loaded = await load(`receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0", tls: {${tls}}}}}}
exporters: {otlp_http: {endpoint: "https://127.0.0.1:1", tls: {ca_pem: ${JSON.stringify(ca.cert)}}}}
service: {pipelines: {logs: {receivers: [otlp], exporters: [otlp_http]}}}
`);
  assert.ok(loaded.ok);
  const { config } = loaded;
  const clock = createManualClock();
  const read = createCertificateMetrics(() => config, clock);
  const lines = () =>
    read().flatMap(({ name, points }) =>
      points.map((point) => {
        const hours = 'value' in point ? Math.round((point.value * 1000 - Date.now()) / HOUR_MILLIS) : 0;
        const { component, file, certificate } = point.attributes;
        return `${name} ${component} ${String(file).replace(directory, '')} ${certificate} ${hours} h`;
      }),
    );
  assert.equal(lines()[0], 'otelier_tls_certificate_expiry receivers/otlp /list.crl revocation list 5 h');
  assert.deepEqual(lines().slice(1).sort(), [
    'otelier_tls_certificate_expiry exporters/otlp_http  CN=otelier test CA 24 h',
    'otelier_tls_certificate_expiry receivers/otlp /ca.pem CN=otelier test CA 24 h',
    'otelier_tls_certificate_expiry receivers/otlp /cert.pem CN=collector.example 24 h',
  ]);
  const renewed = await signServerCertificate(ca, { toMillis: 99 * HOUR_MILLIS });
  write('cert.pem', renewed.cert);
  write('list.crl', 'broken');
  assert.equal(lines().length, 4);
  await clock.advance(60_000);
  assert.deepEqual(
    lines().filter((line) => line.includes('receivers')),
    [
      'otelier_tls_certificate_expiry receivers/otlp /ca.pem CN=otelier test CA 24 h',
      'otelier_tls_certificate_expiry receivers/otlp /cert.pem CN=collector.example 99 h',
    ],
  );
});

test('has no metric without certificates', async () => {
  const loaded = await load(`receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}}}}
exporters: {nop: {}}
service: {pipelines: {logs: {receivers: [otlp], exporters: [nop]}}}
`);
  assert.ok(loaded.ok);
  assert.deepEqual(createCertificateMetrics(() => loaded.config, createManualClock())(), []);
});
