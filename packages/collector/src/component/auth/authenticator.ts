import type { Authenticator } from '@otelier/transport/auth';
import { type Clock, systemClock } from '@otelier/transport/clock';
import type { z } from 'zod';
import { issuesOf } from '../check.ts';
import { type ConfigIssue, type ConfigSchema, defineExtension, type ExtensionDefinition } from '../define.ts';
import { createOfferingExtension } from '../offering-extension.ts';
import type { AuthDirection, ClientAuthenticator } from './client-auth.ts';

/** An authenticator of the requests that receivers get, that exporters send, or of both. */
export type AnyAuthenticator = Authenticator | ClientAuthenticator | (Authenticator & ClientAuthenticator);

/** The definition of an extension that authenticates requests. */
export interface AuthenticatorDefinition<Schema extends ConfigSchema>
  extends Omit<ExtensionDefinition<Schema>, 'kind' | 'create' | 'runsIn' | 'check' | 'authenticates'> {
  /** Configuration path of the field that names the credentials file, for errors that do not name their field. */
  readonly file: readonly string[];
  /** Returns which requests an instance authenticates. */
  authenticates(config: z.output<Schema>): readonly AuthDirection[];
  /** Creates the authenticator at start. Throws if it cannot read its files. */
  authenticator(config: z.output<Schema>, clock: Clock): AnyAuthenticator;
}

/** Defines an extension for `auth.authenticator` of receivers or exporters. Its type is its file name. */
export function defineAuthenticator<Schema extends ConfigSchema>({
  authenticator,
  file,
  ...definition
}: AuthenticatorDefinition<Schema>): ExtensionDefinition<Schema> {
  return defineExtension<Schema>({
    ...definition,
    // Each thread authenticates its own requests.
    runsIn: 'everyThread',
    check: (config) => issuesOf(() => authenticator(config, systemClock)).map((issue) => locate(issue, file)),
    create: (config, { clock }) => createOfferingExtension(() => authenticator(config, clock)),
  });
}

function locate(issue: ConfigIssue, file: readonly string[]): ConfigIssue {
  const { path, message } = issue;
  if (path.length > 0) return issue;
  const [, place = 'file', text = message] = /^\w+ (file|entry \d+): (.*)$/s.exec(message) ?? [];
  return place === 'file' ? { path: file, message: text } : { path: file.slice(0, -1), message: `${place}: ${text}` };
}
