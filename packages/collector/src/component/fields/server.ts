import type { Authenticator, ServerTlsOptions } from '@otelier/transport';
import type { ComponentContext } from '../contract.ts';
import { defined } from '../defined.ts';
import { z } from '../schema.ts';
import { type serverTls, serverTlsOptions } from './tls.ts';

/** The extension that says who may send. */
export function serverAuth() {
  return z
    .object({
      authenticator: z.string().min(1).describe('Id of the extension that judges requests, such as `basic_auth`.'),
    })
    .optional()
    .describe('Who may send.');
}

/** Whether headers stay with the telemetry. */
export function includeMetadata() {
  return z
    .boolean()
    .prefault(false)
    .describe('Whether request headers are kept with the telemetry, for `metadata_keys`. Credentials never are.');
}

/** What every server of a receiver has in common, as users write it. */
interface ServerConfig {
  readonly tls?: z.output<ReturnType<typeof serverTls>>;
  readonly auth?: z.output<ReturnType<typeof serverAuth>>;
}

/** What every server of a receiver has in common, as `transport` takes it. Throws for an authenticator that is not there. */
export function serverOptions({ tls, auth }: ServerConfig, context: ComponentContext) {
  const { logger, clock } = context;
  return {
    ...defined({
      tls: tls && tlsOptions(tls, context),
      auth: auth && authenticatorOf(auth.authenticator, context),
    }),
    onInternalError: (error: unknown) => {
      logger.error({ err: error }, 'A request failed inside. This is a bug.');
    },
    clock,
  };
}

function tlsOptions(tls: NonNullable<ServerConfig['tls']>, { logger }: ComponentContext): ServerTlsOptions {
  return serverTlsOptions(tls, (error) => {
    logger.error({ reason: error.message }, 'Changed TLS files cannot be used; the former ones stay in use.');
  });
}

function authenticatorOf(id: string, { host }: ComponentContext): Authenticator {
  const offered = host.extension(id)?.offers;
  if (isAuthenticator(offered)) return offered;
  throw new Error(
    `auth.authenticator: expected an extension that judges requests and runs in service.extensions, got "${id}"`,
  );
}

function isAuthenticator(value: unknown): value is Authenticator {
  return typeof value === 'object' && value !== null && 'authenticate' in value && 'challenge' in value;
}
