import { basicHeaders, createBasicAuthenticator } from '@otelier/transport/auth';
import type { Clock } from '@otelier/transport/clock';
import { defineAuthenticator } from '../component/auth/authenticator.ts';
import type { ClientAuthenticator } from '../component/auth/client-auth.ts';
import { fileOrValue } from '../component/auth/file-value.ts';
import { defined } from '../component/defined.ts';
import { secret, z } from '../component/schema.ts';

const clientAuth = z
  .object({
    username: z.string().optional().describe('User name.'),
    usernameFile: z
      .string()
      .min(1)
      .optional()
      .describe('File with the user name, instead of `username`. It is reloaded.'),
    password: secret().optional().describe('Password.'),
    passwordFile: z
      .string()
      .min(1)
      .optional()
      .describe('File with the password, instead of `password`. It is reloaded.'),
  })
  .describe('Credentials that exporters send.');

const config = z
  .object({
    htpasswd: z
      .object({
        file: z.string().min(1).optional().describe('Path of an htpasswd file. It is reloaded when it changes.'),
        inline: secret()
          .optional()
          .describe('Content of an htpasswd file: lines of `name:password` or `name:{SHA}hash`.'),
      })
      .refine(({ file, inline }) => file !== undefined || inline !== undefined, { error: 'expected file or inline' })
      .optional()
      .describe('Users that may send telemetry to receivers.'),
    clientAuth: clientAuth.optional(),
  })
  .refine(({ htpasswd, clientAuth }) => (htpasswd === undefined) !== (clientAuth === undefined), {
    error: 'expected either htpasswd, for receivers, or client_auth, for exporters',
  });

export const basicAuth = defineAuthenticator({
  summary:
    'Authenticates requests with HTTP basic authentication: those of receivers with `htpasswd`, those of exporters with `client_auth`.',
  stability: 'beta',
  aliases: ['basicauth'],
  file: ['htpasswd', 'file'],
  config,
  examples: [
    {
      title: 'A user with the password from the environment',
      config: { htpasswd: { inline: `shop:\${env:SHOP_PASSWORD:-change-this}` } },
    },
    { title: 'Users in a file', config: { htpasswd: { file: '/etc/otelier/users' } } },
    {
      title: 'Credentials for an exporter',
      config: { client_auth: { username: 'shop', password: `\${env:SHOP_PASSWORD:-change-this}` } },
    },
  ],
  authenticates: ({ htpasswd }) => [htpasswd === undefined ? 'outgoing' : 'incoming'],
  authenticator({ htpasswd, clientAuth = {} }, clock) {
    if (htpasswd === undefined) return createClientAuthenticator(clientAuth, clock);
    const users = (htpasswd.inline ?? '').split(/\r?\n/).filter((line) => line.trim() !== '');
    return createBasicAuthenticator(defined({ users, usersFile: htpasswd.file }), clock);
  },
});

function createClientAuthenticator(config: z.output<typeof clientAuth>, clock: Clock): ClientAuthenticator {
  const { username, usernameFile, password, passwordFile } = config;
  const name = fileOrValue('client_auth.username_file', { path: usernameFile, value: username }, clock);
  const key = fileOrValue('client_auth.password_file', { path: passwordFile, value: password }, clock);
  return {
    authorize: ({ headers }) => ({ kind: 'authorized', headers: { ...headers, ...basicHeaders(name(), key()) } }),
  };
}
