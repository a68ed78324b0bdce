import { createBearerAuthenticator } from '@otelier/transport';
import { defineAuthenticator } from '../component/authenticator.ts';
import { defined } from '../component/defined.ts';
import { secret, z } from '../component/schema.ts';

const config = z
  .object({
    scheme: z.string().prefault('Bearer').describe('Word before the token in the header.'),
    header: z.string().min(1).prefault('Authorization').describe('Header that carries the token.'),
    token: secret().min(1).optional().describe('The token that senders must show.'),
    tokens: z.array(secret().min(1)).optional().describe('Several tokens, any of which is good.'),
    filename: z.string().min(1).optional().describe('File with one token a line, read again when it changes.'),
  })
  .refine(({ token, tokens, filename }) => token !== undefined || (tokens?.length ?? 0) > 0 || filename !== undefined, {
    error: 'expected token, tokens or filename',
  });

export const bearerTokenAuth = defineAuthenticator({
  summary: 'Lets in senders that show a token; receivers name it under `auth.authenticator`.',
  stability: 'beta',
  aliases: ['bearertokenauth'],
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
