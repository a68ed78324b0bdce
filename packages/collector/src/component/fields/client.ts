import type { ClientTlsOptions, Compression } from '@otelier/transport';
import { EndpointError } from '@otelier/transport/endpoint';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { defined } from '../defined.ts';
import { duration, inputFile, notYet, secret, z } from '../schema.ts';
import { withoutPlace } from './listen.ts';

/** Returns the field for a client endpoint, which is validated when the configuration is read. */
export function clientEndpoint(createClient: (options: ClientDestination) => unknown = createGrpcClient) {
  return z
    .string()
    .min(1)
    .superRefine((endpoint, issues) => {
      try {
        // A client does not connect before its first request.
        createClient({ endpoint, tls: { insecure: true } });
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error;
        issues.addIssue({ code: 'custom', message: withoutPlace(error.message), input: endpoint });
      }
    });
}

interface ClientDestination {
  readonly endpoint: string;
  readonly tls: ClientTlsOptions;
}

/** Returns the field for client TLS settings (the Collector's `configtls.ClientConfig`). */
export function clientTlsField() {
  return z
    .object({
      insecure: z.boolean().prefault(false).describe('Whether to connect without TLS.'),
      insecureSkipVerify: z
        .boolean()
        .prefault(false)
        .describe('Whether to skip verification of the server certificate.'),
      serverNameOverride: z
        .string()
        .optional()
        .describe('Expected name in the server certificate. Default: the endpoint host.'),
      caFile: inputFile().optional().describe('PEM file with the CA certificates that verify the server certificate.'),
      caPem: z.string().optional().describe('CA certificates as PEM text, instead of `ca_file`.'),
      crlFile: inputFile()
        .optional()
        .describe(
          'File with revocation lists of the CAs, in PEM or DER. A server with a revoked certificate is rejected, and every server of a CA without a list or with an expired one.',
        ),
      crlPem: z.string().optional().describe('Revocation lists as PEM text, instead of `crl_file`.'),
      includeSystemCaCertsPool: z
        .boolean()
        .prefault(false)
        .describe('Whether to trust the system CA certificates as well.'),
      certFile: inputFile().optional().describe('PEM file with the client certificate (mutual TLS).'),
      certPem: z.string().optional().describe('Client certificate as PEM text, instead of `cert_file`.'),
      keyFile: inputFile().optional().describe('PEM file with the private key of the client certificate.'),
      keyPem: secret().optional().describe('Private key as PEM text, instead of `key_file`.'),
      minVersion: z.enum(['1.2', '1.3']).prefault('1.2').describe('Minimum TLS version.'),
      maxVersion: z.enum(['1.2', '1.3']).optional().describe('Maximum TLS version.'),
      cipherSuites: z.array(z.string()).optional().describe('Cipher suites for TLS 1.2, by IANA or OpenSSL names.'),
      curvePreferences: z.array(z.string()).optional().describe('Curves for the key exchange, such as `X25519`.'),
      reloadInterval: duration().prefault('10s').describe('Interval at which the files are checked for changes.'),
    })
    .prefault({})
    .describe('TLS settings.');
}

/** Returns `clientTlsField` for a client whose library cannot check revocation lists. */
export function clientTlsWithoutLists() {
  return clientTlsField().refine(({ crlFile, crlPem }) => crlFile === undefined && crlPem === undefined, {
    error: 'expected no crl_file and crl_pem, because this client cannot check revocation lists',
  });
}

/** Client TLS settings. */
export type ClientTlsConfig = z.output<ReturnType<typeof clientTlsField>>;

/** Returns the field for request compression. An empty string means `none`. */
export function compressionField(codings: readonly ['none', ...string[]]) {
  return z
    .enum(['', ...codings])
    .prefault('gzip')
    .describe('Request compression.');
}

/** Converts a field value to a compression. The Collector also accepts `zlib` for deflate. */
export function compressionOf(value: string): Compression {
  if (value === '') return 'none';
  return value === 'zlib' ? 'deflate' : (value as Compression);
}

/** Returns the field for request headers. Header values are secret, because they can be credentials. */
export function headersField() {
  return z.record(z.string(), secret()).prefault({}).describe('Headers to send with every request.');
}

/** Returns the field for an authentication extension, which is not supported yet. */
export function authField() {
  return notYet('set `headers.authorization`').describe('Authentication extension. Not supported yet.');
}

/** Converts TLS settings to client options. */
export function clientTlsOptions({ reloadInterval, ...rest }: ClientTlsConfig): ClientTlsOptions {
  return defined({ ...rest, reloadIntervalMillis: reloadInterval });
}
