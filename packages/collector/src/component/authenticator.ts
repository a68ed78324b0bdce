import type { Authenticator, Clock } from '@otelier/transport';
import type { z } from 'zod';
import type { Extension } from './contract.ts';
import { type ConfigSchema, defineExtension, type ExtensionDefinition } from './define.ts';

/** Declares an extension that authenticates requests. */
export interface AuthenticatorDefinition<Schema extends ConfigSchema>
  extends Omit<ExtensionDefinition<Schema>, 'kind' | 'create' | 'runsIn'> {
  /** Makes the authenticator at start. Throws when what it needs, such as a file of secrets, cannot be read. */
  authenticator(config: z.output<Schema>, clock: Clock): Authenticator;
}

/** Declares an extension that receivers name under `auth.authenticator`. Its type name is the name of its file. */
export function defineAuthenticator<Schema extends ConfigSchema>({
  authenticator,
  ...definition
}: AuthenticatorDefinition<Schema>): ExtensionDefinition<Schema> {
  return defineExtension<Schema>({
    ...definition,
    // Requests are checked in the thread in which they arrive.
    runsIn: 'everyThread',
    create: (config, { clock }) => {
      const extension: Extension & { offers: Authenticator | undefined } = {
        offers: undefined,
        async start() {
          extension.offers = authenticator(config, clock);
        },
        async shutdown() {
          extension.offers = undefined;
        },
      };
      return extension;
    },
  });
}
