import { createBearerAuthenticator } from '@otelier/transport/auth';
import { defineAuthenticator } from '../component/auth/authenticator.ts';
import { withHeader } from '../component/auth/client-auth.ts';
import { createFileValue } from '../component/auth/file-value.ts';
import { defined } from '../component/defined.ts';
import { ignored, secret, z } from '../component/schema.ts';

const config = z
  .object({
    scheme: z.string().prefault('Bearer').describe('Authentication scheme before the token in the header.'),
    header: z.string().min(1).prefault('Authorization').describe('Header that carries the token.'),
    token: secret().min(1).optional().describe('Token that requests must have, or that exporters send.'),
    tokens: z
      .array(secret().min(1))
      .optional()
      .describe('Tokens of which requests must have one. Exporters send the first.'),
    filename: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Path of a file with one token per line. It is reloaded when it changes. Exporters send its first token, even if `token` is set.',
      ),
    retryOnFailure: ignored('the file must be readable when the service starts'),
    waitForTokenFile: ignored('the file must be readable when the service starts', { schema: z.boolean() }),
  })
  .refine(({ token, tokens, filename }) => token !== undefined || (tokens?.length ?? 0) > 0 || filename !== undefined, {
    error: 'expected token, tokens or filename',
  });

export const bearerTokenAuth = defineAuthenticator({
  summary: 'Authenticates the requests of receivers with a bearer token, and adds the token to those of exporters.',
  stability: 'beta',
  aliases: ['bearertokenauth'],
  file: ['filename'],
  config,
  examples: [
    { title: 'One token from the environment', config: { token: `\${env:OTELIER_INGEST_TOKEN:-change-this-token}` } },
    { title: 'Tokens in a file', config: { filename: '/etc/otelier/tokens' } },
  ],
  authenticates: () => ['incoming', 'outgoing'],
  authenticator({ scheme, header, token, tokens = [], filename }, clock) {
    const all = token === undefined ? tokens : [token, ...tokens];
    const lines = filename === undefined ? undefined : createFileValue('filename', filename, clock);
    const outgoing = (): string => (lines === undefined ? all[0] : firstToken(lines())) ?? '';
    return {
      ...createBearerAuthenticator(defined({ scheme, header, tokens: all, tokenFile: filename }), clock),
      authorize: ({ headers }) => ({
        kind: 'authorized',
        headers: withHeader(headers, header, scheme === '' ? outgoing() : `${scheme} ${outgoing()}`),
      }),
    };
  },
});

/** Returns the first token in a file. The rest of its line is a comment. */
function firstToken(content: string): string | undefined {
  const line = content.split(/\r?\n/).find((one) => one.trim() !== '' && !one.startsWith('#'));
  return line?.trim().split(/\s/)[0];
}
