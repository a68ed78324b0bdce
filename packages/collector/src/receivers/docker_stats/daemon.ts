import { httpRequest } from '../../component/http/http-request.ts';
import type { requestTls } from '../../component/http/request-tls.ts';
import { VERSION } from '../../component/version.ts';

/** Options for `createDaemonReader`. */
export interface DaemonOptions {
  /** `unix:///path`, or a URL with `tcp`, `http` or `https`. */
  readonly endpoint: string;
  /** Version of the API. Default: that of the daemon. */
  readonly apiVersion: string | undefined;
  readonly tls: ReturnType<typeof requestTls> | undefined;
}

/** Reads a path of the API; `undefined` if what it names does not exist. */
export type ReadDaemon = (path: string, signal: AbortSignal) => Promise<string | undefined>;

const MAX_BYTES = 16 << 20;

/** Returns a function that reads the API of a Docker daemon. */
export function createDaemonReader({ endpoint, apiVersion, tls }: DaemonOptions): ReadDaemon {
  const socketPath = /^unix:\/\/(.*)/.exec(endpoint)?.[1];
  const scheme = tls === undefined ? 'http' : 'https';
  const base = socketPath === undefined ? endpoint.replace(/^tcp:/, `${scheme}:`).replace(/\/$/, '') : 'http://docker';
  const version = apiVersion === undefined ? '' : `/v${apiVersion}`;
  return async (path, signal) => {
    const { status, body } = await httpRequest(`${base}${version}${path}`, {
      headers: { 'user-agent': `otelier/${VERSION}` },
      ...(socketPath !== undefined && { socketPath }),
      ...(tls !== undefined && { tls }),
      signal,
      maxBytes: MAX_BYTES,
    });
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`expected status 200 from ${path}, got ${status} ${messageOf(body)}`.trim());
    return body;
  };
}

/** Returns the message of an error of the API. */
function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    return typeof message === 'string' ? message.slice(0, 200) : '';
  } catch {
    return '';
  }
}
