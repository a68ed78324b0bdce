import { type ClientTlsOptions, createGrpcClient, EndpointError } from '@otelier/transport';
import { defined } from '../defined.ts';
import { duration, notYet, secret, z } from '../schema.ts';

/** Where a client connects to; what it cannot understand is told when the configuration is read. */
export function clientEndpoint(createClient: (options: ClientDestination) => unknown = createGrpcClient) {
  return z
    .string()
    .min(1)
    .superRefine((endpoint, issues) => {
      try {
        // A client opens nothing before its first request.
        createClient({ endpoint, tls: { insecure: true } });
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error;
        issues.addIssue({ code: 'custom', message: error.message.replace(/^endpoint: /, ''), input: endpoint });
      }
    });
}

interface ClientDestination {
  readonly endpoint: string;
  readonly tls: ClientTlsOptions;
}

/** TLS of an exporter (the Collector's `configtls.ClientConfig`). */
export function clientTlsField() {
  return z
    .object({
      insecure: z.boolean().prefault(false).describe('Whether to speak without TLS.'),
      insecureSkipVerify: z.boolean().prefault(false).describe("Whether to leave the server's certificate unverified."),
      serverNameOverride: z
        .string()
        .optional()
        .describe("Name expected in the server's certificate, when it is not the host of the endpoint."),
      caFile: z.string().optional().describe('PEM file with the authorities to trust.'),
      caPem: z.string().optional().describe('The same as text.'),
      includeSystemCaCertsPool: z.boolean().prefault(false).describe("Whether to trust the system's authorities too."),
      certFile: z.string().optional().describe('PEM file with the certificate to show to the server (mutual TLS).'),
      certPem: z.string().optional().describe('The same as text.'),
      keyFile: z.string().optional().describe('PEM file with the key of that certificate.'),
      keyPem: secret().optional().describe('The same as text.'),
      minVersion: z.enum(['1.2', '1.3']).prefault('1.2').describe('Oldest version of TLS to speak.'),
      maxVersion: z.enum(['1.2', '1.3']).optional().describe('Newest version of TLS to speak.'),
      cipherSuites: z
        .array(z.string())
        .optional()
        .describe('Cipher suites of TLS 1.2 to offer, by their IANA or OpenSSL names.'),
      curvePreferences: z.array(z.string()).optional().describe('Curves to offer, such as `X25519`.'),
      reloadInterval: duration().prefault('10s').describe('How often changed files are looked for.'),
    })
    .prefault({})
    .describe('TLS towards the destination.');
}

/** `clientTlsField` as code reads it. */
export type ClientTlsConfig = z.output<ReturnType<typeof clientTlsField>>;

/** Compression of what is sent; `none` is also written as an empty text. */
export function compressionField(codings: readonly ['none', ...string[]]) {
  return z
    .enum(['', ...codings])
    .prefault('gzip')
    .describe('How requests are compressed.');
}

/** Headers of every request. Their values are secrets: credentials are among them. */
export function headersField() {
  return z.record(z.string(), secret()).prefault({}).describe('Headers of every request.');
}

/** Credentials through an extension, which come later. */
export function authField() {
  return notYet('set `headers.authorization`').describe('Credentials from an extension. Not available yet.');
}

/** What the transport takes, of what the user wrote. */
export function clientTlsOptions({ reloadInterval, ...rest }: ClientTlsConfig): ClientTlsOptions {
  return defined({ ...rest, reloadIntervalMillis: reloadInterval });
}
