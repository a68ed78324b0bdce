import { createBasicAuthenticator } from '@otelier/transport';
import { defineAuthenticator } from '../component/authenticator.ts';
import { defined } from '../component/defined.ts';
import { secret, z } from '../component/schema.ts';

const config = z.object({
  htpasswd: z
    .object({
      file: z.string().min(1).optional().describe('Path of an htpasswd file. It is reloaded when it changes.'),
      inline: secret().optional().describe('Inline htpasswd file: lines of `name:password` or `name:{SHA}hash`.'),
    })
    .refine(({ file, inline }) => file !== undefined || inline !== undefined, { error: 'expected file or inline' })
    .describe('Users that are allowed to send telemetry.'),
});

export const basicAuth = defineAuthenticator({
  summary: 'Authenticates requests with HTTP basic authentication. Receivers refer to it in `auth.authenticator`.',
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
  ],
  authenticator({ htpasswd: { file, inline = '' } }, clock) {
    const users = inline.split(/\r?\n/).filter((line) => line.trim() !== '');
    return createBasicAuthenticator(defined({ users, usersFile: file }), clock);
  },
});
