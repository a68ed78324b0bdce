import type { Authenticator } from '@otelier/transport/auth';
import { createServerTls } from '@otelier/transport/tls';
import { issuesOf } from '../check.ts';
import type { ComponentContext } from '../contract.ts';
import type { ConfigIssue, ConfigUse } from '../define.ts';
import { defined } from '../defined.ts';
import { z } from '../schema.ts';
import { checkAuthenticator } from './authenticator-id.ts';
import { checkCertificateSource, type serverTls, serverTlsOptions } from './tls.ts';

/** Returns the field for client authentication. */
export function serverAuth() {
  return z
    .object({
      authenticator: z
        .string()
        .min(1)
        .describe('ID of the extension that authenticates requests, such as `basic_auth`.'),
    })
    .optional()
    .describe('Client authentication.');
}

/** Returns the field that controls whether request headers are kept as metadata. */
export function includeMetadata() {
  return z
    .boolean()
    .prefault(false)
    .describe(
      'Whether to keep request headers as metadata, for example for `metadata_keys`. Credential headers are never kept.',
    );
}

/** The fields common to all servers. */
interface ServerConfig {
  readonly tls?: z.output<ReturnType<typeof serverTls>>;
  readonly auth?: z.output<ReturnType<typeof serverAuth>>;
}

/**
 * Returns the reasons why a server with this configuration would fail to start. `path` is the server's configuration
 * path.
 */
export function checkServer(
  { tls, auth }: ServerConfig,
  path: readonly string[],
  use: ConfigUse,
): readonly ConfigIssue[] {
  const issues =
    tls === undefined
      ? []
      : [...checkCertificateSource(tls, path, use), ...issuesOf(() => createServerTls(serverTlsOptions(tls)), path)];
  if (auth === undefined) return issues;
  return [...issues, ...checkAuthenticator(auth.authenticator, 'incoming', path, use)];
}

/** Returns the options common to all servers. Throws if the authenticator does not exist. */
export function serverOptions({ tls, auth }: ServerConfig, context: ComponentContext) {
  const { logger, clock, observeRequest, onRejected, host, kind } = context;
  // Only receivers receive telemetry of tenants.
  const tenants = kind === 'receiver' ? host.tenants : undefined;
  const authenticator = auth && authenticatorOf(auth.authenticator, context);
  return {
    ...defined({
      tls: tls && serverTlsOptions(tls, context),
      auth: tenants?.authenticator(authenticator) ?? authenticator,
      observeRequest,
      onRejected,
    }),
    onInternalError: (error: unknown) => {
      logger.error({ err: error }, 'request failed: this is a bug');
    },
    clock,
  };
}

function authenticatorOf(id: string, { host }: ComponentContext): Authenticator {
  const offered = host.extension(id)?.offers;
  if (isAuthenticator(offered)) return offered;
  throw new Error(`auth.authenticator: expected an authentication extension in service.extensions, got "${id}"`);
}

/** Reports whether an extension offers an authenticator of incoming requests. */
export function isAuthenticator(value: unknown): value is Authenticator {
  return typeof value === 'object' && value !== null && 'authenticate' in value && 'challenge' in value;
}
