import { createBasicAuthenticator } from '@otelier/transport';
import { defineAuthenticator } from '../component/authenticator.ts';
import { defined } from '../component/defined.ts';
import { secret, z } from '../component/schema.ts';

const config = z.object({
  htpasswd: z
    .object({
      file: z.string().min(1).optional().describe('File of users as htpasswd writes it, read again when it changes.'),
      inline: secret().optional().describe('The same as text: lines of `name:password` or `name:{SHA}…`.'),
    })
    .refine(({ file, inline }) => file !== undefined || inline !== undefined, { error: 'expected file or inline' })
    .describe('Who may send.'),
});

export const basicAuth = defineAuthenticator({
  summary: 'Lets in senders with a name and a password; receivers name it under `auth.authenticator`.',
  stability: 'beta',
  aliases: ['basicauth'],
  config,
  examples: [
    {
      title: 'A user from the environment',
      config: { htpasswd: { inline: `shop:\${env:SHOP_PASSWORD:-change-this}` } },
    },
    { title: 'Users in a file', config: { htpasswd: { file: '/etc/otelier/users' } } },
  ],
  authenticator({ htpasswd: { file, inline = '' } }, clock) {
    const users = inline.split(/\r?\n/).filter((line) => line.trim() !== '');
    return createBasicAuthenticator(defined({ users, usersFile: file }), clock);
  },
});
