import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { clientTlsField } from '../../component/fields/client.ts';
import { listenEndpoint } from '../../component/fields/listen.ts';
import { duration, secret, z } from '../../component/schema.ts';
import { KEY_TYPES } from './key-types.ts';

/** Reports whether a text is a name that an authority can validate by a connection: no wildcard, no single label. */
function isName(text: string): boolean {
  return isIP(text) !== 0 || /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+$/.test(text);
}

const name = z
  .string()
  .max(255)
  .transform((text) => (isIP(text) === 0 ? domainToASCII(text) : text))
  .refine(isName, { error: 'expected a host name such as "telemetry.example.com", or an IP address' });

/** The options of the extension `acme`. */
export const acmeConfig = z.object({
  names: z.array(name).min(1).max(100).describe('Host names and IP addresses of the certificate.'),
  contact: z
    .array(z.email())
    .prefault([])
    .describe('E-mail addresses to which the authority sends notices, if it does so.'),
  termsOfServiceAgreed: z
    .literal(true, { error: 'expected true, after you have read the terms of service of the authority' })
    .describe('Whether you agree to the terms of service of the authority. It must be `true`.'),
  directoryUrl: z
    .url({ protocol: /^https?$/ })
    .prefault('https://acme-v02.api.letsencrypt.org/directory')
    .refine(isProtected, { error: 'expected an https URL, or http on this machine' })
    .describe('URL of the directory of the authority.'),
  tls: clientTlsField(),
  directory: z
    .string()
    .min(1)
    .prefault('./.otelier/acme')
    .describe('Directory of the key of the account and of the certificate. Each `acme` extension needs its own.'),
  challenge: z
    .object({
      type: z
        .enum(['http-01', 'tls-alpn-01'])
        .prefault('http-01')
        .describe(
          'How the authority validates a name: by an HTTP request to port 80, or a TLS connection to port 443 of the name.',
        ),
      endpoint: listenEndpoint().describe(
        'Address that receives these connections, such as `0.0.0.0:80`. Nothing else can listen there.',
      ),
    })
    .describe('How control of the names is proved.'),
  externalAccount: z
    .object({
      keyId: z.string().min(1).describe('Key ID from the authority.'),
      hmacKey: secret()
        .regex(/^[\w-]+=*$/, 'expected a key in base64url')
        .describe('Key from the authority, in base64url.'),
    })
    .optional()
    .describe('Credentials of an account with the authority, if it requires them (external account binding).'),
  keyType: z.enum(KEY_TYPES).prefault('ec256').describe('Kind of the key of the certificate.'),
  profile: z.string().min(1).optional().describe('Profile of the certificate, if the authority offers several.'),
  renewBefore: duration()
    .optional()
    .describe(
      'Time before the expiry at which the certificate is renewed. Default: as the authority suggests, or a third of the lifetime.',
    ),
});

export type AcmeConfig = z.output<typeof acmeConfig>;

function isProtected(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
