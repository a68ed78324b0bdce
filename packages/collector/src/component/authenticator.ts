import { type Authenticator, type Clock, systemClock } from '@otelier/transport';
import type { z } from 'zod';
import { issuesOf } from './check.ts';
import type { Extension } from './contract.ts';
import { type ConfigSchema, defineExtension, type ExtensionDefinition } from './define.ts';

/** The definition of an extension that authenticates requests. */
export interface AuthenticatorDefinition<Schema extends ConfigSchema>
  extends Omit<ExtensionDefinition<Schema>, 'kind' | 'create' | 'runsIn' | 'check' | 'authenticates'> {
  /** Configuration path of the field that names the credentials file. */
  readonly file: readonly string[];
  /** Creates the authenticator at start. Throws if it cannot read its files. */
  authenticator(config: z.output<Schema>, clock: Clock): Authenticator;
}

/** Defines an extension for the `auth.authenticator` option of receivers. Its type is its file name. */
export function defineAuthenticator<Schema extends ConfigSchema>({
  authenticator,
  file,
  ...definition
}: AuthenticatorDefinition<Schema>): ExtensionDefinition<Schema> {
  return defineExtension<Schema>({
    ...definition,
    // Each thread authenticates the requests it receives.
    runsIn: 'everyThread',
    authenticates: true,
    check: (config) =>
      issuesOf(() => authenticator(config, systemClock)).map(({ message }) => {
        const [, place = 'file', text = message] = /^\w+ (file|entry \d+): (.*)$/s.exec(message) ?? [];
        return place === 'file'
          ? { path: file, message: text }
          : { path: file.slice(0, -1), message: `${place}: ${text}` };
      }),
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
