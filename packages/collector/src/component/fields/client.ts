import { type ClientTlsOptions, type Compression, createGrpcClient, EndpointError } from '@otelier/transport';
import { defined } from '../defined.ts';
import { duration, notYet, secret, z } from '../schema.ts';
import { withoutPlace } from './listen.ts';

/** Returns the field for the endpoint of a client. It is validated when the configuration is read. */
export function clientEndpoint(createClient: (options: ClientDestination) => unknown = createGrpcClient) {
  return z
    .string()
    .min(1)
    .superRefine((endpoint, issues) => {
      try {
        // A client opens no connection before its first request.
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

/** Returns the field for the TLS settings of a client (the Collector's `configtls.ClientConfig`). */
export function clientTlsField() {
  return z
    .object({
      insecure: z.boolean().prefault(false).describe('Whether to connect without TLS.'),
      insecureSkipVerify: z
        .boolean()
        .prefault(false)
        .describe('Whether to skip the verification of the server certificate.'),
      serverNameOverride: z
        .string()
        .optional()
        .describe('Expected name in the server certificate. Default: the host of the endpoint.'),
      caFile: z.string().optional().describe('PEM file with the CA certificates for the server certificate.'),
      caPem: z.string().optional().describe('CA certificates as PEM text, instead of `ca_file`.'),
      includeSystemCaCertsPool: z
        .boolean()
        .prefault(false)
        .describe('Whether to trust the CA certificates of the system as well.'),
      certFile: z.string().optional().describe('PEM file with the client certificate (mutual TLS).'),
      certPem: z.string().optional().describe('Client certificate as PEM text, instead of `cert_file`.'),
      keyFile: z.string().optional().describe('PEM file with the private key of the client certificate.'),
      keyPem: secret().optional().describe('Private key as PEM text, instead of `key_file`.'),
      minVersion: z.enum(['1.2', '1.3']).prefault('1.2').describe('Minimum TLS version.'),
      maxVersion: z.enum(['1.2', '1.3']).optional().describe('Maximum TLS version.'),
      cipherSuites: z.array(z.string()).optional().describe('Cipher suites for TLS 1.2, by IANA or OpenSSL names.'),
      curvePreferences: z.array(z.string()).optional().describe('Curves for the key exchange, such as `X25519`.'),
      reloadInterval: duration().prefault('10s').describe('Time between two checks of the files for changes.'),
    })
    .prefault({})
    .describe('TLS settings.');
}

/** The TLS settings of a client. */
export type ClientTlsConfig = z.output<ReturnType<typeof clientTlsField>>;

/** Returns the field for the compression of requests. An empty string means `none`. */
export function compressionField(codings: readonly ['none', ...string[]]) {
  return z
    .enum(['', ...codings])
    .prefault('gzip')
    .describe('Compression of requests.');
}

/** Returns the compression that a value of the field means: the Collector knows deflate as `zlib` as well. */
export function compressionOf(value: string): Compression {
  if (value === '') return 'none';
  return value === 'zlib' ? 'deflate' : (value as Compression);
}

/** Returns the field for request headers. Their values are secrets, because they can be credentials. */
export function headersField() {
  return z.record(z.string(), secret()).prefault({}).describe('Headers to send with every request.');
}

/** Returns the field for credentials from an extension, which is not supported yet. */
export function authField() {
  return notYet('set `headers.authorization`').describe('Authentication extension. Not supported yet.');
}

/** Converts the TLS settings to the options of a client. */
export function clientTlsOptions({ reloadInterval, ...rest }: ClientTlsConfig): ClientTlsOptions {
  return defined({ ...rest, reloadIntervalMillis: reloadInterval });
}
