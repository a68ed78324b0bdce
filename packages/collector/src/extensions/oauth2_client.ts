import type { ClientAuthenticator } from '../component/auth/client-auth.ts';
import { checkGrant, createTokenRequest, JWT_BEARER } from '../component/auth/oauth2/token-request.ts';
import { TokenSource } from '../component/auth/oauth2/token-source.ts';
import { issuesOf } from '../component/check.ts';
import { defineExtension } from '../component/define.ts';
import { errorMessage } from '../component/error-message.ts';
import { clientTlsField } from '../component/fields/client.ts';
import { requestTls } from '../component/http/request-tls.ts';
import { createOfferingExtension } from '../component/offering-extension.ts';
import { duration, secret, z } from '../component/schema.ts';

const config = z
  .object({
    clientId: z.string().min(1).optional().describe('Client ID.'),
    clientIdFile: z.string().min(1).optional().describe('File with the client ID, which takes precedence.'),
    clientSecret: secret().min(1).optional().describe('Client secret.'),
    clientSecretFile: z.string().min(1).optional().describe('File with the client secret, which takes precedence.'),
    clientCertificateKey: secret()
      .min(1)
      .optional()
      .describe('RSA private key as PEM text, which signs the assertion.'),
    clientCertificateKeyFile: z
      .string()
      .min(1)
      .optional()
      .describe('File with the private key, which takes precedence.'),
    clientCertificateKeyId: z.string().min(1).optional().describe('Key ID (`kid`) in the header of the assertion.'),
    grantType: z
      .enum(['client_credentials', JWT_BEARER])
      .prefault('client_credentials')
      .describe('Grant type: client credentials (RFC 6749), or a signed assertion (RFC 7523).'),
    signatureAlgorithm: z.enum(['RS256', 'RS384', 'RS512']).prefault('RS256').describe('Algorithm of the signature.'),
    iss: z.string().min(1).optional().describe('Issuer of the assertion. Default: the client ID.'),
    audience: z.string().min(1).optional().describe('Audience of the assertion. Default: `token_url`.'),
    claims: z.record(z.string(), z.unknown()).prefault({}).describe('Additional claims of the assertion.'),
    endpointParams: z
      .record(z.string(), z.union([z.string(), z.array(z.string())]))
      .prefault({})
      .describe('Additional parameters of token requests, such as `audience`.'),
    tokenUrl: z.url({ protocol: /^https?$/ }).describe('URL of the token endpoint.'),
    scopes: z.array(z.string()).prefault([]).describe('Requested scopes.'),
    tls: clientTlsField(),
    timeout: duration()
      .refine((millis) => millis > 0, { error: 'expected a timeout above 0' })
      .prefault('30s')
      .describe('Timeout of token requests.'),
    expiryBuffer: duration().prefault('5m').describe('Remaining lifetime of a token at which it is replaced.'),
  })
  .superRefine((config, issues) => {
    for (const { path, message } of checkGrant(config)) issues.addIssue({ code: 'custom', path: [...path], message });
  });

export const oauth2Client = defineExtension({
  summary: 'Adds OAuth 2.0 access tokens to the requests of exporters, which refer to it in `auth.authenticator`.',
  stability: 'beta',
  aliases: ['oauth2client'],
  config,
  examples: [
    {
      title: 'Client credentials',
      config: {
        client_id: 'otelier',
        client_secret: `\${env:CLIENT_SECRET:-change-this}`,
        token_url: 'https://login.example.com/oauth2/token',
        scopes: ['telemetry.write'],
      },
    },
  ],
  runsIn: 'everyThread',
  authenticates: () => ['outgoing'],
  check: (config) => issuesOf(() => [createTokenRequest(config), requestTls(config.tls)]),
  create(config, { clock, logger }) {
    return createOfferingExtension((): ClientAuthenticator => {
      const source = new TokenSource(
        {
          url: config.tokenUrl,
          tls: requestTls(config.tls),
          timeoutMillis: config.timeout,
          expiryBufferMillis: config.expiryBuffer,
          createRequest: createTokenRequest(config),
        },
        { clock, logger },
      );
      return {
        async authorize({ headers, signal }) {
          try {
            return { kind: 'authorized', headers: { ...headers, authorization: await source.authorization(signal) } };
          } catch (error) {
            return { kind: 'retry', reason: errorMessage(error) };
          }
        },
      };
    });
  },
});
