import { readFileSync } from 'node:fs';
import type { ClientTlsConfig } from '../fields/client.ts';
import type { HttpRequestOptions } from './http-request.ts';

/** Converts the TLS settings of a client to those of a request. Reads the files, and throws if it cannot. */
export function requestTls(tls: ClientTlsConfig): NonNullable<HttpRequestOptions['tls']> {
  const read = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : readFileSync(path, 'utf8');
  const ca = tls.caPem ?? read(tls.caFile);
  const cert = tls.certPem ?? read(tls.certFile);
  const key = tls.keyPem ?? read(tls.keyFile);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tls.serverNameOverride !== undefined && { servername: tls.serverNameOverride }),
    rejectUnauthorized: !tls.insecureSkipVerify,
  };
}
