import { existsSync } from 'node:fs';
import tls from 'node:tls';
import { OcspStapler, type OcspStaplerOptions } from './certificates/ocsp-stapler.ts';
import { type Clock, systemClock } from './clock.ts';
import { errorMessage } from './error-message.ts';
import { FileError, ReloadableFiles, readNamedFile } from './reloadable-files.ts';
import { splitRevocationLists } from './revocation-lists.ts';
import type { ClientTlsOptions, TlsMaterial } from './tls-options.ts';

/**
 * Server TLS options. `caFile`/`caPem` enable mutual TLS: clients without a certificate issued by these authorities are
 * rejected.
 */
export interface ServerTlsOptions extends TlsMaterial {
  /** File with a response of the authority's OCSP server, in DER, for clients that ask for it (OCSP stapling). */
  readonly ocspResponseFile?: string;
  /** Fetches responses from the OCSP server that the certificate names, instead of `ocspResponseFile`. */
  readonly ocsp?: Omit<OcspStaplerOptions, 'clock'>;
  /** Whether the files of the certificate and the key may be missing. Handshakes fail until there are some. */
  readonly awaitsCertificate?: boolean;
  /** Called when changed files cannot be used. The previous certificate stays in use until they can. */
  readonly onReloadError?: (error: Error) => void;
}

/** A server's TLS configuration, reloaded when its files change. */
export interface ServerTls {
  readonly options: tls.TlsOptions;
  /**
   * Updates the server's certificate if its files have changed. Call it when a connection is accepted, before the handshake.
   * Existing connections keep their certificate.
   */
  refresh(server: tls.Server): void;
}

/** Reads a server's certificates. Throws `FileError` for a missing, unreadable or invalid file. */
export function createServerTls(options: ServerTlsOptions, clock: Clock = systemClock): ServerTls {
  if (options.certFile === undefined && options.certPem === undefined) {
    throw new FileError('tls.cert_file: expected the certificate of this server, got nothing');
  }
  if (options.ocsp !== undefined && options.ocspResponseFile !== undefined)
    throw new FileError('tls.ocsp: expected no ocsp_response_file beside it, got both');
  if (hasRevocationLists(options) && !hasCa(options)) {
    throw new FileError(
      'tls.crl_file: expected client_ca_file as well, whose authorities issue the lists, got nothing',
    );
  }
  const { ocspResponseFile } = options;
  const files = reloadableFiles(options, clock, ocspResponseFile);
  const readStaple = () => (ocspResponseFile === undefined ? undefined : readOcspResponse(ocspResponseFile));
  const read = (): tls.TlsOptions => ({
    ...secureContextOptions(isAwaited(options) ? withoutCertificate(options) : options),
    ...(hasCa(options) ? { requestCert: true, rejectUnauthorized: true } : {}),
  });
  const stapler = options.ocsp && new OcspStapler({ ...options.ocsp, clock });
  let current = read();
  let staple = readStaple();
  let staples = false;
  const update = () => stapler?.update(current.cert?.toString(), current.ca?.toString());
  update();
  return {
    options: current,
    refresh(server) {
      if ((staple ?? stapler) !== undefined && !staples) {
        staples = true;
        server.on('OCSPRequest', (_certificate, _issuer, respond) => {
          if (stapler === undefined) respond(null, staple ?? NO_STAPLE);
          else void stapler.response().then((bytes) => respond(null, bytes ?? NO_STAPLE));
        });
      }
      if (!files.changed()) return;
      try {
        current = read();
        server.setSecureContext(current);
        staple = readStaple();
        update();
      } catch (error) {
        options.onReloadError?.(error instanceof Error ? error : new Error(errorMessage(error)));
      }
    },
  };
}

const NO_STAPLE = Buffer.alloc(0);

/** Reports whether the certificate is one that is still to come. */
function isAwaited({ awaitsCertificate = false, certFile = '' }: ServerTlsOptions): boolean {
  return awaitsCertificate && !existsSync(certFile);
}

function withoutCertificate({ certFile: _, keyFile: __, ...options }: ServerTlsOptions): TlsMaterial {
  return options;
}

/** A client's TLS configuration, reloaded when its files change. */
export interface ClientTls {
  /** Returns the `tls.connect` options for the next connection, from the current files. */
  connectOptions(): tls.ConnectionOptions;
}

/** Reads a client's certificates. Throws `FileError` for a missing, unreadable or invalid file. */
export function createClientTls(options: ClientTlsOptions, clock: Clock = systemClock): ClientTls {
  const files = reloadableFiles(options, clock);
  const connection: tls.ConnectionOptions = {
    ...(options.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
    ...(options.serverNameOverride !== undefined ? { servername: options.serverNameOverride } : {}),
  };
  const read = () => tls.createSecureContext(secureContextOptions(options, options.includeSystemCaCertsPool));
  let secureContext = read();
  return {
    connectOptions() {
      if (files.changed()) {
        try {
          secureContext = read();
        } catch {
          // The files are incomplete: keeps the previous certificate and retries at the next check.
        }
      }
      return { ...connection, secureContext };
    },
  };
}

/** How long a client may take to complete the TLS handshake. */
export const HANDSHAKE_TIMEOUT_MILLIS = 10_000;

const DEFAULT_RELOAD_INTERVAL_MILLIS = 10_000;

function reloadableFiles(
  options: TlsMaterial,
  clock: Clock,
  ...more: readonly (string | undefined)[]
): ReloadableFiles {
  const { caFile, certFile, keyFile, crlFile } = options;
  const paths = [caFile, certFile, keyFile, crlFile, ...more].filter((path) => path !== undefined);
  return new ReloadableFiles(paths, options.reloadIntervalMillis ?? DEFAULT_RELOAD_INTERVAL_MILLIS, clock);
}

function hasCa(options: TlsMaterial): boolean {
  return options.caFile !== undefined || options.caPem !== undefined;
}

function hasRevocationLists(options: TlsMaterial): boolean {
  return options.crlFile !== undefined || options.crlPem !== undefined;
}

function secureContextOptions(options: TlsMaterial, withSystemCa = false): tls.SecureContextOptions {
  const ca = material('ca', options.caFile, options.caPem);
  const cert = material('cert', options.certFile, options.certPem);
  const key = material('key', options.keyFile, options.keyPem);
  if ((cert === undefined) !== (key === undefined)) {
    throw new FileError('tls: expected cert_file and key_file together, got only one of them');
  }
  const crl = hasRevocationLists(options) ? revocationLists(options) : undefined;
  const context: tls.SecureContextOptions = {
    minVersion: `TLSv${options.minVersion ?? '1.2'}`,
    maxVersion: `TLSv${options.maxVersion ?? '1.3'}`,
    ...(ca !== undefined ? { ca: withSystemCa ? [...tls.getCACertificates('default'), ca.pem] : [ca.pem] } : {}),
    ...(cert !== undefined ? { cert: cert.pem } : {}),
    ...(key !== undefined ? { key: key.pem } : {}),
    ...(crl !== undefined ? { crl } : {}),
    ...(options.cipherSuites !== undefined ? { ciphers: options.cipherSuites.join(':') } : {}),
    ...(options.curvePreferences !== undefined ? { ecdhCurve: options.curvePreferences.join(':') } : {}),
  };
  probe('tls.ca', ca, (pem) => ({ ca: pem }));
  probe('tls.cert', cert, (pem) => ({ cert: pem }));
  probe('tls.key', key, (pem) => ({ key: pem }));
  try {
    tls.createSecureContext(context);
  } catch (error) {
    const places = [cert, key, ca].filter((part) => part !== undefined).map((part) => part.place);
    throw new FileError(`tls: ${places.join(' and ')} do not work together: ${errorMessage(error)}`, { cause: error });
  }
  return context;
}

interface Pem {
  /** Path of the file, or the name of the option with the PEM string. */
  readonly place: string;
  readonly pem: string;
}

function material(name: 'ca' | 'cert' | 'key', file: string | undefined, pem: string | undefined): Pem | undefined {
  if (file !== undefined) return { place: file, pem: readNamedFile(`tls.${name}_file`, file).toString('latin1') };
  return pem === undefined ? undefined : { place: `the text of ${name}_pem`, pem };
}

/** Reads a response of an OCSP server. Throws `FileError` for anything but one with the status `successful`. */
function readOcspResponse(path: string): Buffer {
  const bytes = readNamedFile('tls.ocsp_response_file', path);
  // A sequence whose length is in the following bytes, and the status, an enumeration.
  const [sequence, length = 0] = bytes;
  const status = 2 + (length < 0x80 ? 0 : length & 0x7f);
  if (sequence === 0x30 && bytes.subarray(status, status + 3).equals(OCSP_SUCCESSFUL)) return bytes;
  throw new FileError(`tls.ocsp_response_file: expected a successful OCSP response in DER, got ${path}`);
}

const OCSP_SUCCESSFUL = Buffer.from([0x0a, 1, 0]);

/** Reads the revocation lists. Throws `FileError` if there are none, or one is invalid. */
function revocationLists({ crlFile, crlPem = '' }: TlsMaterial): string[] {
  const place = crlFile ?? 'the text of crl_pem';
  const bytes = crlFile === undefined ? Buffer.from(crlPem, 'latin1') : readNamedFile('tls.crl_file', crlFile);
  const lists = [...splitRevocationLists(bytes)];
  const fail = (why: string, cause?: unknown): never => {
    throw new FileError(`tls.crl_file: expected revocation lists in PEM or DER, got ${place}: ${why}`, { cause });
  };
  if (lists.length === 0) fail('no list');
  try {
    for (const crl of lists) tls.createSecureContext({ crl });
  } catch (error) {
    fail(errorMessage(error), error);
  }
  return lists;
}

/** Tries a certificate or key on its own, so that the error names the invalid file. */
function probe(option: string, part: Pem | undefined, options: (pem: string) => tls.SecureContextOptions): void {
  if (part === undefined) return;
  const kind = option === 'tls.key' ? 'a private key' : 'certificates';
  const fail = (why: string, cause?: unknown): never => {
    throw new FileError(`${option}_file: expected ${kind} in PEM, got ${part.place}: ${why}`, { cause });
  };
  // OpenSSL silently accepts a CA file without any certificate.
  if (!part.pem.includes('-----BEGIN ')) fail('no PEM block');
  try {
    tls.createSecureContext(options(part.pem));
  } catch (error) {
    fail(errorMessage(error), error);
  }
}
