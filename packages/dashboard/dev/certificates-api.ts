import type { CertificatesResponse, InventoryCertificate } from '@otelier/query';

const DAY = 86_400_000;

/** Returns the certificates of the simulated gateway, and hostile ones. */
export function certificates(empty: boolean, hostile = 0): CertificatesResponse {
  const now = Date.now();
  const list = empty ? [] : [...shop(now), ...Array.from({ length: hostile }, (_, index) => hostileOne(now, index))];
  return {
    atMillis: now,
    certificates: list,
    revocationLists: empty
      ? []
      : [
          {
            ...{ component: 'receivers/otlp', option: 'protocols.grpc.tls.crl_file', file: 'clients.crl' },
            ...{ validity: 'expires_soon', issuer: 'CN=shop agents CA', revokedCount: 3 },
            ...{ producedMillis: now - 7 * DAY, nextUpdateMillis: now + 5 * 3_600_000 },
          },
          {
            ...{ component: 'exporters/otlp_http/upstream', option: 'tls.crl_file', validity: 'unreadable' },
            error: 'expected revocation lists in PEM format, got none',
          },
        ],
    unlistedCertificates: 0,
  };
}

function shop(now: number): readonly InventoryCertificate[] {
  const none = { chain: [], usedBy: [] };
  const authority = factsOf('CN=shop CA, O=Shop', 'CN=shop CA, O=Shop', now - 100 * DAY, now + 1800 * DAY, 3);
  return [
    {
      ...{ component: 'exporters/kafka', option: 'tls.cert_file', file: '/etc/otelier/kafka.pem', role: 'client' },
      ...{ validity: 'unreadable', error: 'expected a readable file with certificates', ...none },
    },
    {
      ...{ component: 'receivers/otlp', option: 'protocols.grpc.tls.cert_file', file: '/etc/otelier/server.pem' },
      ...{ role: 'server', validity: 'expires_soon', usedBy: [], chain: [authority] },
      certificate: factsOf('CN=otel.shop.test', 'CN=shop CA, O=Shop', now - 79 * DAY, now + 11 * DAY, 1),
      ocsp: {
        ...{ source: 'fetched', status: 'good', responder: 'http://ocsp.shop.test/' },
        ...{ producedMillis: now - DAY, nextUpdateMillis: now + 2 * DAY },
      },
    },
    {
      ...{ component: 'extensions/acme', option: 'directory', role: 'server', validity: 'valid', chain: [] },
      usedBy: ['receivers/otlp', 'extensions/health_check'],
      certificate: factsOf('CN=telemetry.shop.test', 'CN=R11, O=an authority', now - 40 * DAY, now + 50 * DAY, 2),
      acme: {
        ...{ names: ['telemetry.shop.test'], authority: 'acme.authority.test', phase: 'failed' },
        ...{ issuedMillis: now - 40 * DAY, renewalMillis: now - DAY },
        error: 'the order: rateLimited: too many certificates',
      },
    },
    {
      ...{ component: 'receivers/otlp', option: 'protocols.grpc.tls.client_ca_file', role: 'client_authority' },
      ...{ file: '/etc/otelier/agents.pem', validity: 'valid', certificate: authority, ...none },
    },
    {
      ...{ component: 'exporters/otlp_http/upstream', option: 'tls.ca_file', role: 'server_authority' },
      ...{ validity: 'valid', certificate: authority, ...none },
    },
  ];
}

function factsOf(subject: string, issuer: string, from: number, to: number, seed: number) {
  return {
    ...{ subject, issuer, names: subject.includes('CA') ? [] : [subject.slice(3)], key: 'EC prime256v1' },
    ...{ serialNumber: `0${seed}A7`.repeat(8), fingerprint: `${seed}f0c`.repeat(16) },
    ...{ validFromMillis: from, validToMillis: to },
  };
}

function hostileOne(now: number, index: number): InventoryCertificate {
  const name = `<b>${index}</b>\u202e${'x'.repeat(200)}`;
  return {
    ...{
      component: `exporters/otlp/${name}`,
      option: 'tls.cert_file',
      file: name,
      role: 'client',
      validity: 'expired',
    },
    ...{ chain: [], usedBy: [name], error: name },
    certificate: { ...factsOf(`CN=${name}`, name, 0, now - DAY, index), names: [name, name], key: name },
  };
}
