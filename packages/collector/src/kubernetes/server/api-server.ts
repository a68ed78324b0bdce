import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpRequestOptions } from '../../component/http/http-request.ts';

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a request to an API server needs. */
export interface ApiAccess {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: NonNullable<HttpRequestOptions['tls']>;
}

/** An API server and how to authenticate there. */
export interface ApiServer {
  /** URL without a slash at its end. */
  readonly url: string;
  /** Proxy of this server. Default: that of the environment. */
  readonly proxyUrl?: string | undefined;
  /**
   * Returns the credentials for the next request. Files are read again, because tokens and certificates are replaced
   * while the process runs. Rejects if there are none.
   */
  access(signal?: AbortSignal): Promise<ApiAccess>;
  /** Is called after a response with status 401, so that the next credentials are new ones. */
  renew(): void;
}

/** Creates a server whose credentials are read by a function. */
export function apiServer(url: string, read: () => ApiAccess): ApiServer {
  return { url, access: async () => read(), renew: () => {} };
}

/**
 * Returns the API server of the pod that the process runs in, with the service account in a directory. Throws if the process
 * does not run in a pod.
 */
export function inClusterServer(environment: Environment, directory: string): ApiServer {
  const read = (): ApiAccess => ({
    headers: { authorization: `Bearer ${readFileSync(join(directory, 'token'), 'utf8').trim()}` },
    tls: { ca: readFileSync(join(directory, 'ca.crt'), 'utf8') },
  });
  const url = serviceUrl(environment);
  read();
  return apiServer(url, read);
}

/** Returns the API server URL from the environment of a pod. */
export function serviceUrl(environment: Environment): string {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port)
    throw new Error('expected the environment variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, got none');
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
