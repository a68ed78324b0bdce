import { readFileSync } from 'node:fs';
import type { ClientTlsConfig } from '../fields/client.ts';
import type { HttpRequestOptions } from './http-request.ts';

/** Converts client TLS settings to the `tls` options of `httpRequest`. Throws if a file cannot be read. */
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
    minVersion: `TLSv${tls.minVersion}`,
    ...(tls.maxVersion !== undefined && { maxVersion: `TLSv${tls.maxVersion}` }),
  };
}
