import type { ServerTlsOptions } from '@otelier/transport';
import type { ComponentContext } from '../contract.ts';
import { type ConfigIssue, type ConfigUse, otherExtensions } from '../define.ts';
import { defined } from '../defined.ts';
import type { Host } from '../host.ts';
import { duration, ignored, inputFile, secret, z } from '../schema.ts';

/** Returns the field for server TLS settings (the Collector's `configtls.ServerConfig`). */
export function serverTls() {
  return z
    .object({
      acme: z
        .string()
        .min(1)
        .optional()
        .describe(
          'ID of an `acme` extension, which obtains and renews the certificate, instead of `cert_file` and `key_file`.',
        ),
      certFile: inputFile().optional().describe('PEM file with the server certificate chain.'),
      certPem: z.string().optional().describe('Certificate chain as PEM text, instead of `cert_file`.'),
      keyFile: inputFile().optional().describe('PEM file with the private key.'),
      keyPem: secret().optional().describe('Private key as PEM text, instead of `key_file`.'),
      clientCaFile: inputFile()
        .optional()
        .describe(
          'PEM file with the CA certificates that verify client certificates. If set, every client needs a certificate.',
        ),
      caFile: ignored('use `client_ca_file`', { schema: z.string() }),
      caPem: z
        .string()
        .optional()
        .describe('CA certificates that verify client certificates, as PEM text, instead of `client_ca_file`.'),
      crlFile: inputFile()
        .optional()
        .describe(
          'File with revocation lists of the CAs of `client_ca_file`, in PEM or DER. Clients with a revoked certificate are rejected, and all clients of a CA without a list or with an expired one.',
        ),
      crlPem: z.string().optional().describe('Revocation lists as PEM text, instead of `crl_file`.'),
      ocspResponseFile: inputFile()
        .optional()
        .describe(
          "File with a response of the CA's OCSP server, in DER, which clients get that ask for it (OCSP stapling). Replace it before it expires.",
        ),
      ocsp: z
        .literal('fetch')
        .optional()
        .describe(
          '`fetch` gets these responses from the OCSP server that the certificate names, instead of `ocsp_response_file`. The certificate of the CA must follow that of the server in `cert_file`.',
        ),
      clientCaFileReload: ignored('changed files are always reloaded', {
        schema: z.boolean(),
        effective: true,
      }),
      reloadInterval: duration()
        .prefault('10s')
        .describe('Minimum interval at which the files are checked for changes.'),
      minVersion: z.enum(['1.2', '1.3']).prefault('1.2').describe('Minimum TLS version.'),
      maxVersion: z.enum(['1.2', '1.3']).prefault('1.3').describe('Maximum TLS version.'),
      cipherSuites: z.array(z.string()).optional().describe('Cipher suites for TLS 1.2.'),
      curvePreferences: z.array(z.string()).optional().describe('Curves for the key exchange, such as `X25519`.'),
    })
    .optional();
}

/** TLS settings of a server. */
export type ServerTlsConfig = NonNullable<z.output<ReturnType<typeof serverTls>>>;

/** What servers with TLS need of the context of their component. */
export type TlsContext = Pick<ComponentContext, 'logger' | 'host' | 'ended'>;

/**
 * Converts TLS settings to server options. Without a context, which is enough to check them, those of a certificate of an extension that has
 * none yet.
 */
export function serverTlsOptions(tls: ServerTlsConfig, context?: TlsContext): ServerTlsOptions {
  const { acme, ocsp, clientCaFile, caFile: _, clientCaFileReload: __, reloadInterval, ...same } = tls;
  const { logger, host } = context ?? {};
  const options = {
    ...same,
    ...{ caFile: clientCaFile, reloadIntervalMillis: reloadInterval },
    onReloadError: (error: Error) =>
      logger?.error({ reason: error.message }, 'TLS reload failed, keeping the previous certificate'),
    ocsp: ocsp === undefined ? undefined : context && ocspOf(context),
  };
  if (acme === undefined) return defined(options);
  const file = host === undefined ? '' : acmeFile(acme, host);
  const reloadIntervalMillis = Math.min(reloadInterval, ACME_RELOAD_MILLIS);
  return defined({ ...options, certFile: file, keyFile: file, awaitsCertificate: true, reloadIntervalMillis });
}

function ocspOf({ logger, host, ended }: TlsContext): ServerTlsOptions['ocsp'] {
  return {
    report: (fingerprint, state) => host.reportOcsp?.(fingerprint, state),
    onError: ({ message }) =>
      logger.warn({ reason: message }, 'no new OCSP response, keeping the last one until its end'),
    signal: ended,
  };
}

/** A server without a certificate yet has it soon after it is issued. */
const ACME_RELOAD_MILLIS = 1000;

function acmeFile(id: string, host: Pick<Host, 'extension'>): string {
  const offered = host.extension(id)?.offers;
  if (typeof offered === 'object' && offered !== null && 'certificateFile' in offered)
    return String(offered.certificateFile);
  throw new Error(`tls.acme: expected an acme extension in service.extensions, got "${id}"`);
}

/** Reports an `ocsp` beside a file, an `acme` which does not name an extension of the service, or that is not the only certificate. */
export function checkCertificateSource(
  { acme, ocsp, ocspResponseFile, certFile, certPem, keyFile, keyPem }: ServerTlsConfig,
  path: readonly string[],
  use: ConfigUse,
): readonly ConfigIssue[] {
  if (ocsp !== undefined && ocspResponseFile !== undefined)
    return [{ path: [...path, 'tls', 'ocsp'], message: 'expected no ocsp_response_file beside it, got both' }];
  if (acme === undefined) return [];
  const place = [...path, 'tls', 'acme'];
  if ((certFile ?? certPem ?? keyFile ?? keyPem) !== undefined)
    return [{ path: place, message: 'expected no certificate and key beside it, got both' }];
  const suitable = otherExtensions(acme, use, ({ type }) => type === 'acme');
  if (suitable === undefined) return [];
  const choice = suitable.length === 0 ? 'but it has none' : `(${suitable.join(', ')})`;
  return [{ path: place, message: `expected an acme extension of service.extensions ${choice}, got "${acme}"` }];
}
