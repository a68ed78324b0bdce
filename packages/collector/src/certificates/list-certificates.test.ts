import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CertificatesResponse } from '@otelier/query';
import {
  createCertificates,
  signOcspCertificate,
  signRevocationList,
  signServerCertificate,
} from '@otelier/testkit/certificates';
import { createOcspResponse, startOcspResponder } from '@otelier/testkit/servers/ocsp-responder';
import { load, withService } from '../doctor/doctor.testing.ts';
import { listCertificates } from './list-certificates.ts';

const HOUR_MILLIS = 3_600_000;
const NO_AUTHORITY = 'http://127.0.0.1:1/directory';

test('lists what servers, clients, authorities and ACME have, without keys', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-inventory-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const { ca, client } = await createCertificates();
  const server = await signServerCertificate(ca, { fromMillis: -99 * HOUR_MILLIS, toMillis: 2 * HOUR_MILLIS });
  const files = [
    `cert_file: ${write('cert.pem', `${server.cert}\n${ca.cert}`)}, key_file: ${write('key.pem', server.key)}`,
    `client_ca_file: ${write('ca.pem', ca.cert)}, crl_file: ${write('list.crl', await signRevocationList(ca, [client]))}`,
  ];
  const ownTls = `ca_pem: ${JSON.stringify(ca.cert)}, cert_pem: ${JSON.stringify(client.cert)}, key_pem: ${JSON.stringify(client.key)}`;
  const acme = `{names: [a.example.com], terms_of_service_agreed: true, directory: ${directory}/acme, directory_url: "${NO_AUTHORITY}", challenge: {endpoint: "127.0.0.1:0"}}`;
  const text = `receivers:
  otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0", tls: {${files}}}, http: {endpoint: "127.0.0.1:0", tls: {acme: acme}}}}
exporters: {otlp_http: {endpoint: "https://127.0.0.1:1", tls: {${ownTls}}}}
extensions: {acme: ${acme}, workbench: {endpoint: "127.0.0.1:0", token: a-token-of-the-page}}
service:
  telemetry: {metrics: {level: none}}
  extensions: [acme, workbench]
  pipelines: {logs: {receivers: [otlp], exporters: [otlp_http]}}
`;
  await withService(text, async ({ service }) => {
    const { address } = service.host.endpoints().find(({ component }) => component === 'workbench') ?? {};
    const read = async () => {
      const headers = { authorization: 'Bearer a-token-of-the-page' };
      const response = await fetch(`http://${address}/api/v1/certificates`, { headers });
      const body = await response.text();
      for (const { key } of [server, client]) assert.ok(!body.includes(key.split('\n')[1] ?? ''), 'no private key');
      return JSON.parse(body) as CertificatesResponse;
    };
    const found = await read();
    assert.deepEqual(
      found.certificates.map(({ component, option, role, validity, certificate, chain, usedBy }) =>
        [component, option, role, validity, certificate?.subject, chain.length, ...usedBy].join(' '),
      ),
      [
        'extensions/acme directory server missing  0 receivers/otlp',
        'receivers/otlp protocols.grpc.tls.cert_file server expires_soon CN=collector.example 1',
        'receivers/otlp protocols.grpc.tls.client_ca_file client_authority valid CN=otelier test CA 0',
        'exporters/otlp_http tls.ca_pem server_authority valid CN=otelier test CA 0',
        'exporters/otlp_http tls.cert_pem client valid CN=client 0',
      ],
    );
    const parsed = new X509Certificate(server.cert);
    const [missing, own] = found.certificates;
    assert.deepEqual(own?.certificate, {
      subject: 'CN=collector.example',
      issuer: 'CN=otelier test CA',
      names: ['localhost', 'collector.example', '127.0.0.1'],
      serialNumber: parsed.serialNumber,
      fingerprint: parsed.fingerprint256.replaceAll(':', '').toLowerCase(),
      key: 'EC prime256v1',
      validFromMillis: parsed.validFromDate.getTime(),
      validToMillis: parsed.validToDate.getTime(),
    });
    assert.equal(own?.file, join(directory, 'cert.pem'));
    assert.deepEqual([missing?.acme?.names, missing?.acme?.authority], [['a.example.com'], '127.0.0.1:1']);
    const [list] = found.revocationLists;
    assert.deepEqual([list?.issuer, list?.revokedCount, list?.validity], ['CN=otelier test CA', 1, 'valid']);
    // Files that are replaced while the process runs.
    write('list.crl', 'no list');
    rmSync(join(directory, 'ca.pem'));
    const changed = await read();
    assert.deepEqual(
      [changed.revocationLists, changed.certificates.slice(0, 1)]
        .flat()
        .map(({ validity, error }) => [validity, error]),
      [
        ['unreadable', 'expected revocation lists in PEM format, got none'],
        ['unreadable', 'expected a readable file with certificates'],
      ],
    );
  });
});

test('fetches the OCSP response that servers staple, and lists the state of it and of one in a file', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-inventory-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const { ca } = await createCertificates();
  const responder = await startOcspResponder();
  t.after(() => responder.close());
  const own = await signOcspCertificate(ca, { responderUrl: responder.url });
  const now = Date.now();
  const contents = { ca, certificate: own.cert, updateMillis: now, nextUpdateMillis: now + HOUR_MILLIS };
  responder.respond = (response) => void response.end(createOcspResponse(contents));
  writeFileSync(join(directory, 'revoked.der'), createOcspResponse({ ...contents, status: 'revoked' }));
  const pair = `cert_pem: ${JSON.stringify(own.cert + ca.cert)}, key_pem: ${JSON.stringify(own.key)}`;
  const text = (http: string) => `receivers:
  otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0", tls: {${pair}, ocsp: fetch}}, http: {endpoint: "127.0.0.1:0", tls: {${pair}, ${http}}}}}
exporters: {nop: {}}
service: {telemetry: {metrics: {level: none}}, pipelines: {logs: {receivers: [otlp], exporters: [nop]}}}
`;
  await withService(text(`ocsp_response_file: ${directory}/revoked.der`), async ({ service: { host } }) => {
    while (host.ocspStates?.().size !== 1) await new Promise((resolve) => setTimeout(resolve, 2));
    const { certificates } = listCertificates(host.configuration?.setup() ?? { components: [] }, host, now);
    const seconds = (millis: number | undefined) => Math.floor((millis ?? 0) / 1000);
    assert.deepEqual(
      certificates.map(({ option, ocsp }) => [
        option,
        ocsp?.source,
        ocsp?.status,
        ocsp?.responder,
        seconds(ocsp?.nextUpdateMillis),
      ]),
      [
        ['protocols.grpc.tls.cert_pem', 'fetched', 'good', responder.url, seconds(now + HOUR_MILLIS)],
        ['protocols.http.tls.cert_pem', 'file', 'revoked', undefined, seconds(now + HOUR_MILLIS)],
      ],
    );
  });
  const both = await load(text(`ocsp: fetch, ocsp_response_file: ${directory}/revoked.der`));
  assert.match(JSON.stringify(both.errors), /expected no ocsp_response_file beside it, got both/);
});
