import { createBearerAuthenticator } from '@otelier/transport';
import { defineAuthenticator } from '../component/authenticator.ts';
import { defined } from '../component/defined.ts';
import { secret, z } from '../component/schema.ts';

const config = z
  .object({
    scheme: z.string().prefault('Bearer').describe('Authentication scheme that precedes the token in the header.'),
    header: z.string().min(1).prefault('Authorization').describe('Header that carries the token.'),
    token: secret().min(1).optional().describe('Token that requests must present.'),
    tokens: z.array(secret().min(1)).optional().describe('Tokens, one of which requests must present.'),
    filename: z
      .string()
      .min(1)
      .optional()
      .describe('Path of a file with one token per line. It is reloaded when it changes.'),
  })
  .refine(({ token, tokens, filename }) => token !== undefined || (tokens?.length ?? 0) > 0 || filename !== undefined, {
    error: 'expected token, tokens or filename',
  });

export const bearerTokenAuth = defineAuthenticator({
  summary: 'Authenticates requests with a bearer token. Receivers refer to it in `auth.authenticator`.',
  stability: 'beta',
  aliases: ['bearertokenauth'],
  file: ['filename'],
  config,
  examples: [
    { title: 'One token from the environment', config: { token: `\${env:OTELIER_INGEST_TOKEN:-change-this-token}` } },
    { title: 'Tokens in a file', config: { filename: '/etc/otelier/tokens' } },
  ],
  authenticator({ scheme, header, token, tokens = [], filename }, clock) {
    const all = token === undefined ? tokens : [token, ...tokens];
    return createBearerAuthenticator(defined({ scheme, header, tokens: all, tokenFile: filename }), clock);
  },
});
