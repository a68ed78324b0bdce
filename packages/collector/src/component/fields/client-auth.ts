import type { BatchContext } from '@otelier/otlp';
import { type AuthorizedRequest, isClientAuthenticator, type RequestHeaders } from '../auth/client-auth.ts';
import type { ComponentContext } from '../contract.ts';
import type { ConfigIssue, ConfigUse } from '../define.ts';
import { z } from '../schema.ts';
import { checkAuthenticator } from './authenticator-id.ts';

/** Returns the field for the credentials that an exporter sends. */
export function clientAuth() {
  return z
    .object({
      authenticator: z
        .string()
        .min(1)
        .describe('ID of the extension that adds credentials to requests, such as `oauth2_client`.'),
    })
    .optional()
    .describe('Credentials for the destination, from an extension.');
}

/** The fields that determine the headers of requests. */
interface ClientHeaders {
  readonly headers: RequestHeaders;
  readonly auth?: z.output<ReturnType<typeof clientAuth>>;
}

/** Authorizes the request that carries a batch with a context. `signal` aborts with the request. */
export type Authorize = (context: BatchContext, signal: AbortSignal) => AuthorizedRequest | Promise<AuthorizedRequest>;

/** Reports an authenticator that does not exist or that cannot add credentials to requests. */
export function checkClientAuth({ auth }: ClientHeaders, use: ConfigUse): readonly ConfigIssue[] {
  return auth === undefined ? [] : checkAuthenticator(auth.authenticator, 'outgoing', [], use);
}

/** Returns the headers of a client: none if an authenticator supplies them with each request. */
export function fixedHeaders({ headers, auth }: ClientHeaders): RequestHeaders {
  return auth === undefined ? headers : {};
}

/**
 * Returns the function that authorizes requests, or `undefined` without an authenticator. Call it when the exporter starts.
 * Throws if the authenticator does not exist.
 */
export function authorizeRequests({ headers, auth }: ClientHeaders, { host }: ComponentContext): Authorize | undefined {
  if (auth === undefined) return undefined;
  const offered = host.extension(auth.authenticator)?.offers;
  if (!isClientAuthenticator(offered)) {
    throw new Error(
      `auth.authenticator: expected an extension in service.extensions that adds credentials, got "${auth.authenticator}"`,
    );
  }
  const configured = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return (context, signal) => offered.authorize({ headers: configured, context, signal });
}
