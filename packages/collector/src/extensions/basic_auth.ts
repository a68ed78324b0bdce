import { type Authenticator, createBasicAuthenticator } from '@otelier/transport';
import type { ComponentContext, Extension } from '../component/contract.ts';
import { defineExtension } from '../component/define.ts';
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

/** Lets in senders with a name and a password. */
export const basicAuth = defineExtension({
  summary: 'Lets in senders with a name and a password; receivers name it under `auth.authenticator`.',
  stability: 'beta',
  runsIn: 'everyThread',
  aliases: ['basicauth'],
  config,
  examples: [
    {
      title: 'A user from the environment',
      config: { htpasswd: { inline: `shop:\${env:SHOP_PASSWORD:-change-this}` } },
    },
    { title: 'Users in a file', config: { htpasswd: { file: '/etc/otelier/users' } } },
  ],
  create: (options, context) => new BasicAuth(options, context),
});

class BasicAuth implements Extension {
  offers: Authenticator | undefined;
  readonly #config: z.output<typeof config>;
  readonly #context: ComponentContext;

  constructor(options: z.output<typeof config>, context: ComponentContext) {
    this.#config = options;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { file, inline = '' } = this.#config.htpasswd;
    const users = inline.split(/\r?\n/).filter((line) => line.trim() !== '');
    this.offers = createBasicAuthenticator(defined({ users, usersFile: file }), this.#context.clock);
  }

  async shutdown(): Promise<void> {
    this.offers = undefined;
  }
}
