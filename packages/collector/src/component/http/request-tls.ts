import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type Clock, systemClock } from '@otelier/transport/clock';
import { ReloadableFiles } from '@otelier/transport/reloadable-files';
import { splitRevocationLists } from '@otelier/transport/revocation-lists';
import type { ClientTlsConfig } from '../fields/client.ts';
import type { HttpRequestOptions } from './http-request.ts';

/** TLS options of `httpRequest`. */
type RequestTls = NonNullable<HttpRequestOptions['tls']>;

/** How often files are checked for changes, when a connection is opened. */
const RELOAD_MILLIS = 10_000;

/**
 * Converts client TLS settings to the `tls` options of `httpRequest`. They are those of the current files: a change applies to the next
 * connection for which they are copied. Throws if a file cannot be read; one that cannot be read later leaves the options as they are.
 */
export function requestTls(tls: ClientTlsConfig, clock: Clock = systemClock): RequestTls {
  const paths = [tls.caFile, tls.certFile, tls.keyFile, tls.crlFile];
  return liveOptions(currentTls(paths, () => optionsOf(tls), clock));
}

/**
 * Returns a function that returns the TLS options made of some files, and reads them again when they have changed. They are the same object
 * until then. Throws if the first read throws; files that cannot be used later leave the options as they are.
 */
export function currentTls<T extends RequestTls>(
  paths: readonly (string | undefined)[],
  read: () => T,
  clock: Clock,
): () => T {
  let current = read();
  const files = new ReloadableFiles(
    paths.filter((path) => path !== undefined),
    RELOAD_MILLIS,
    clock,
  );
  return () => {
    if (!files.changed()) return current;
    try {
      const changed = read();
      // A certificate without its key, because only one file is replaced yet, cannot be used.
      createSecureContext(changed);
      current = changed;
    } catch {
      // The files are being replaced. They are read again after the next change.
    }
    return current;
  };
}

/** Returns options that are those of `latest` when they are copied. */
export function liveOptions(latest: () => RequestTls): RequestTls {
  let copied = latest();
  return new Proxy<RequestTls>(
    {},
    {
      ownKeys: () => {
        copied = latest();
        return Reflect.ownKeys(copied);
      },
      has: (_, name) => Reflect.has(copied, name),
      get: (_, name) => Reflect.get(copied, name),
      // Properties of a proxy whose target does not have them must be configurable.
      getOwnPropertyDescriptor: (_, name) => {
        const property = Reflect.getOwnPropertyDescriptor(copied, name);
        return property && { ...property, configurable: true };
      },
    },
  );
}

function optionsOf(tls: ClientTlsConfig): RequestTls {
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
