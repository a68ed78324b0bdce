import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '@otelier/transport';
import { readNamedFile } from '@otelier/transport/reloadable-files';
import { currentTls } from '../../../component/http/request-tls.ts';
import type { HttpClientConfig } from '../config/http-client.ts';

type TlsConfig = HttpClientConfig['tlsConfig'];

const VERSIONS = { TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** Returns the options of a connection, which are others once the files have changed. Throws `FileError` if a file cannot be read. */
export function tlsSource(config: TlsConfig, clock: Clock) {
  return currentTls([config.caFile, config.certFile, config.keyFile], () => tlsOptions(config), clock);
}

/** Converts TLS settings to options of a connection. Throws `FileError` if a file cannot be read. */
export function tlsOptions(config: TlsConfig) {
  const read = (option: string, path: string | undefined): string | undefined =>
    path === undefined ? undefined : readNamedFile(option, path).toString('utf8');
  const ca = config.ca ?? read('tls_config.ca_file', config.caFile);
  const cert = config.cert ?? read('tls_config.cert_file', config.certFile);
  const key = config.key ?? read('tls_config.key_file', config.keyFile);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(config.serverName !== undefined && { servername: config.serverName }),
    rejectUnauthorized: !config.insecureSkipVerify,
    ...(config.minVersion !== undefined && { minVersion: VERSIONS[config.minVersion] }),
    ...(config.maxVersion !== undefined && { maxVersion: VERSIONS[config.maxVersion] }),
  } satisfies ConnectionOptions;
}
