import type { ServerTlsOptions } from '@otelier/transport';
import { defined } from '../defined.ts';
import { duration, secret, z } from '../schema.ts';

/** TLS of a server, with the Collector's fields. */
export function serverTls() {
  return z
    .object({
      certFile: z.string().optional().describe('File of the certificate of this server, PEM, with its chain.'),
      certPem: z.string().optional().describe('The certificate itself, in place of `cert_file`.'),
      keyFile: z.string().optional().describe('File of the private key, PEM.'),
      keyPem: secret().optional().describe('The private key itself, in place of `key_file`.'),
      clientCaFile: z
        .string()
        .optional()
        .describe('File of the authorities whose clients are let in. With it every client needs a certificate.'),
      caFile: z.string().optional().describe('Accepted and not used: a server trusts clients by `client_ca_file`.'),
      caPem: z.string().optional().describe('Authorities whose clients are let in, in place of `client_ca_file`.'),
      clientCaFileReload: z
        .boolean()
        .optional()
        .describe('Accepted and not used: changed files are always read again.'),
      reloadInterval: duration().prefault('10s').describe('How often, at most, the files are looked at for changes.'),
      minVersion: z.enum(['1.2', '1.3']).prefault('1.2').describe('Oldest version of TLS.'),
      maxVersion: z.enum(['1.2', '1.3']).prefault('1.3').describe('Newest version of TLS.'),
      cipherSuites: z.array(z.string()).optional().describe('Cipher suites of TLS 1.2 to choose from.'),
      curvePreferences: z.array(z.string()).optional().describe('Key exchanges to choose from, such as `X25519`.'),
    })
    .optional();
}

/** The options of a TLS server that a configuration means. */
export function serverTlsOptions(
  tls: NonNullable<z.output<ReturnType<typeof serverTls>>>,
  onReloadError: (error: Error) => void,
): ServerTlsOptions {
  const { clientCaFile, caFile: _, clientCaFileReload: __, reloadInterval, ...same } = tls;
  return defined({ ...same, caFile: clientCaFile, reloadIntervalMillis: reloadInterval, onReloadError });
}
