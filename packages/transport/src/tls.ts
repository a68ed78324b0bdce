import tls from 'node:tls';
import { type Clock, systemClock } from './clock.ts';
import { FileError, FreshFiles, readNamedFile } from './fresh-files.ts';
import type { ClientTlsOptions, TlsMaterial } from './tls-options.ts';

/** TLS of a server. `caFile`/`caPem` turn on mutual TLS: a client without a certificate of these authorities is refused. */
export interface ServerTlsOptions extends TlsMaterial {
  /** Called when changed files cannot be used; the former certificate stays in use until they can. */
  readonly onReloadError?: (error: Error) => void;
}

/** What a TLS server is created with, and whether its files have changed since. */
export interface ServerTls {
  readonly options: tls.TlsOptions;
  /** Gives the server its changed certificate; call when a connection begins. Connections that exist keep theirs. */
  refresh(server: Pick<tls.Server, 'setSecureContext'>): void;
}

/** Reads a server's certificates; throws `FileError` for a file that is missing, unreadable, or not what it should be. */
export function createServerTls(options: ServerTlsOptions, clock: Clock = systemClock): ServerTls {
  if (options.certFile === undefined && options.certPem === undefined) {
    throw new FileError('tls.cert_file: expected the certificate of this server, got nothing');
  }
  const files = freshFiles(options, clock);
  const read = (): tls.TlsOptions => ({
    ...secureContextOptions(options),
    ...(hasCa(options) ? { requestCert: true, rejectUnauthorized: true } : {}),
  });
  return {
    options: read(),
    refresh(server) {
      if (!files.changed()) return;
      try {
        server.setSecureContext(read());
      } catch (error) {
        options.onReloadError?.(error instanceof Error ? error : new Error(String(error)));
      }
    },
  };
}

/** What a client's connections are made with. */
export interface ClientTls {
  /** Options of `tls.connect` for the next connection; they reflect the files as they are now. */
  connectOptions(): tls.ConnectionOptions;
}

/** Reads a client's certificates; throws `FileError` for a file that is missing, unreadable, or not what it should be. */
export function createClientTls(options: ClientTlsOptions, clock: Clock = systemClock): ClientTls {
  const files = freshFiles(options, clock);
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
          // Half-written files: the former certificate serves until they are whole, and the next look tries again.
        }
      }
      return { ...connection, secureContext };
    },
  };
}

/** A client that begins TLS must finish the handshake within this. */
export const HANDSHAKE_TIMEOUT_MILLIS = 10_000;

const DEFAULT_RELOAD_INTERVAL_MILLIS = 10_000;

function freshFiles(options: TlsMaterial, clock: Clock): FreshFiles {
  const paths = [options.caFile, options.certFile, options.keyFile].filter((path) => path !== undefined);
  return new FreshFiles(paths, options.reloadIntervalMillis ?? DEFAULT_RELOAD_INTERVAL_MILLIS, clock);
}

function hasCa(options: TlsMaterial): boolean {
  return options.caFile !== undefined || options.caPem !== undefined;
}

function secureContextOptions(options: TlsMaterial, withSystemCa = false): tls.SecureContextOptions {
  const ca = material('ca', options.caFile, options.caPem);
  const cert = material('cert', options.certFile, options.certPem);
  const key = material('key', options.keyFile, options.keyPem);
  if ((cert === undefined) !== (key === undefined)) {
    throw new FileError('tls: expected cert_file and key_file together, got only one of them');
  }
  const context: tls.SecureContextOptions = {
    minVersion: `TLSv${options.minVersion ?? '1.2'}`,
    maxVersion: `TLSv${options.maxVersion ?? '1.3'}`,
    ...(ca !== undefined ? { ca: withSystemCa ? [...tls.getCACertificates('default'), ca.pem] : [ca.pem] } : {}),
    ...(cert !== undefined ? { cert: cert.pem } : {}),
    ...(key !== undefined ? { key: key.pem } : {}),
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
    throw new FileError(`tls: ${places.join(' and ')} do not work together: ${messageOf(error)}`, { cause: error });
  }
  return context;
}

interface Pem {
  /** The file, or that it came as text. */
  readonly place: string;
  readonly pem: string;
}

function material(name: 'ca' | 'cert' | 'key', file: string | undefined, pem: string | undefined): Pem | undefined {
  if (file !== undefined) return { place: file, pem: readNamedFile(`tls.${name}_file`, file).toString('latin1') };
  return pem === undefined ? undefined : { place: `the text of ${name}_pem`, pem };
}

/** Tries one material alone, so that the error names the file that is wrong. */
function probe(option: string, part: Pem | undefined, options: (pem: string) => tls.SecureContextOptions): void {
  if (part === undefined) return;
  const kind = option === 'tls.key' ? 'a private key' : 'certificates';
  const fail = (why: string, cause?: unknown): never => {
    throw new FileError(`${option}_file: expected ${kind} in PEM, got ${part.place}: ${why}`, { cause });
  };
  // OpenSSL takes a file of authorities without any certificate in silence.
  if (!part.pem.includes('-----BEGIN ')) fail('it holds no PEM block');
  try {
    tls.createSecureContext(options(part.pem));
  } catch (error) {
    fail(messageOf(error), error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
