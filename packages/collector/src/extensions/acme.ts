import { resolve } from 'node:path';
import { createAcmeExtension } from '../certificates/acme/acme-extension.ts';
import { acmeConfig } from '../certificates/acme/config.ts';
import { checkSharedPath, issuesOf } from '../component/check.ts';
import { defineExtension } from '../component/define.ts';
import { requestTls } from '../component/http/request-tls.ts';

export const acme = defineExtension({
  summary:
    'Obtains a certificate from an authority that speaks ACME, such as Let’s Encrypt, and renews it. Servers refer to it in `tls.acme`.',
  stability: 'beta',
  config: acmeConfig,
  examples: [
    {
      title: 'A certificate of Let’s Encrypt, which validates the name on port 80',
      config: {
        names: ['telemetry.example.com'],
        contact: ['admin@example.com'],
        terms_of_service_agreed: true,
        challenge: { endpoint: '0.0.0.0:80' },
      },
    },
    {
      title: 'An authority of your own, which validates names on port 443 and knows the account',
      config: {
        names: ['telemetry.example.internal', 'collector.example.internal'],
        terms_of_service_agreed: true,
        directory_url: 'https://ca.example.internal/acme/acme/directory',
        external_account: { key_id: 'otelier', hmac_key: `\${env:ACME_HMAC_KEY:-Y2hhbmdlLXRoaXM}` },
        challenge: { type: 'tls-alpn-01', endpoint: '0.0.0.0:443' },
      },
    },
  ],
  runsIn: 'everyThread',
  describe: ({ names }) => names.join(', '),
  listens: ({ challenge: { endpoint } }) => [{ path: ['challenge', 'endpoint'], endpoint }],
  exclusive: ({ directory }) => [resolve(directory)],
  check: (options, use) => [...checkSharedPath(options, 'directory', use), ...issuesOf(() => requestTls(options.tls))],
  create: (options, context) => createAcmeExtension(options, context),
});
