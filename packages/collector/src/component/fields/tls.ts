import type { ServerTlsOptions } from '@otelier/transport';
import { defined } from '../defined.ts';
import { duration, ignored, inputFile, secret, z } from '../schema.ts';

/** Returns the field for server TLS settings (the Collector's `configtls.ServerConfig`). */
export function serverTls() {
  return z
    .object({
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

/** Converts TLS settings to server options. */
export function serverTlsOptions(
  tls: NonNullable<z.output<ReturnType<typeof serverTls>>>,
  onReloadError: (error: Error) => void,
): ServerTlsOptions {
  const { clientCaFile, caFile: _, clientCaFileReload: __, reloadInterval, ...same } = tls;
  return defined({ ...same, caFile: clientCaFile, reloadIntervalMillis: reloadInterval, onReloadError });
}
