import { readFileSync } from 'node:fs';
import { splitRevocationLists } from '@otelier/transport/revocation-lists';
import type { ClientTlsConfig } from '../fields/client.ts';
import type { HttpRequestOptions } from './http-request.ts';

/**
 * Converts client TLS settings to the `tls` options of `httpRequest`, for clients that are created anew or connect rarely.
 * Throws if a file cannot be read.
 */
export function requestTls(tls: ClientTlsConfig): NonNullable<HttpRequestOptions['tls']> {
  const read = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : readFileSync(path, 'utf8');
  const ca = tls.caPem ?? read(tls.caFile);
  const cert = tls.certPem ?? read(tls.certFile);
  const key = tls.keyPem ?? read(tls.keyFile);
  const crl = [
    ...splitRevocationLists(tls.crlFile === undefined ? Buffer.from(tls.crlPem ?? '') : readFileSync(tls.crlFile)),
  ];
  // Without a list, the connection would be made without checking any.
  if (crl.length === 0 && (tls.crlFile ?? tls.crlPem) !== undefined)
    throw new Error(
      `tls.crl_file: expected revocation lists in PEM or DER, got ${tls.crlFile ?? 'the text of crl_pem'}`,
    );
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(crl.length > 0 && { crl }),
    ...(tls.serverNameOverride !== undefined && { servername: tls.serverNameOverride }),
    rejectUnauthorized: !tls.insecureSkipVerify,
    minVersion: `TLSv${tls.minVersion}`,
    ...(tls.maxVersion !== undefined && { maxVersion: `TLSv${tls.maxVersion}` }),
  };
}
