import { localContext } from '@otelier/otlp';
import type { ComponentContext } from '../../component/contract.ts';
import type { ClientTlsConfig } from '../../component/fields/client.ts';
import { authorizeRequests } from '../../component/fields/client-auth.ts';
import { httpRequest } from '../../component/http/http-request.ts';
import { requestTls } from '../../component/http/request-tls.ts';
import { VERSION } from '../../component/version.ts';
import { withoutCredentials } from './http-server.ts';

/** The server, and the requests to it. */
interface HttpServerConfig {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: ClientTlsConfig;
  readonly auth?: { readonly authenticator: string } | undefined;
}

/** Reads a URL. Rejects unless the status is 200. */
export type ReadUrl = (url: string, signal: AbortSignal) => Promise<string>;

/** Size of a response that is read. A larger one is an error. */
const MAX_BYTES = 16 << 20;

/** Returns a function that reads URLs of a server. Throws if TLS files cannot be read or an authenticator is missing. */
export function createUrlReader(config: HttpServerConfig, context: ComponentContext): ReadUrl {
  const tls = requestTls(config.tls);
  const authorize = authorizeRequests(config, context);
  return async (url, signal) => {
    const authorized = await authorize?.(localContext(context.clock.now()), signal);
    if (authorized?.kind === 'retry' || authorized?.kind === 'refused') throw new Error(authorized.reason);
    const headers = { 'user-agent': `otelier/${VERSION}`, ...(authorized?.headers ?? config.headers) };
    const { status, body } = await httpRequest(url, { headers, tls, signal, maxBytes: MAX_BYTES });
    if (status !== 200) throw new Error(`expected status 200 from ${withoutCredentials(url)}, got ${status}`);
    return body;
  };
}
