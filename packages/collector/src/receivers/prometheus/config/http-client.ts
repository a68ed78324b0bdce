import { inputFile, notYet, secret, z } from '../../../component/schema.ts';
import { dataRecord } from './record.ts';

/** Returns the fields of Prometheus' `tls_config`. */
function tlsConfig() {
  return z
    .object({
      ca: z.string().optional().describe('CA certificates as PEM text.'),
      caFile: inputFile().optional().describe('PEM file with the CA certificates that verify the server.'),
      cert: z.string().optional().describe('Client certificate as PEM text.'),
      certFile: inputFile().optional().describe('PEM file with the client certificate.'),
      key: secret().optional().describe('Private key as PEM text.'),
      keyFile: inputFile().optional().describe('PEM file with the private key of the client certificate.'),
      serverName: z.string().optional().describe('Expected name in the server certificate.'),
      insecureSkipVerify: z.boolean().prefault(false).describe('Whether to skip verification of the certificate.'),
      minVersion: z.enum(['TLS12', 'TLS13']).optional().describe('Minimum TLS version.'),
      maxVersion: z.enum(['TLS12', 'TLS13']).optional().describe('Maximum TLS version.'),
    })
    .prefault({})
    .describe('TLS settings.');
}

/** Returns the fields for proxies. */
function proxyFields() {
  return {
    proxyUrl: z.string().optional().describe('URL of the HTTP proxy for requests.'),
    noProxy: z.string().optional().describe('Comma-separated hosts that are reached without the proxy.'),
    proxyFromEnvironment: z
      .boolean()
      .prefault(false)
      .describe('Whether `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of the environment apply.'),
    proxyConnectHeader: notYet('leave it out').describe('Headers for the proxy. Not supported yet.'),
  } as const;
}

/** Returns the fields of Prometheus' HTTP client, which scrape jobs and HTTP discovery share. */
export function httpClientConfig() {
  return {
    basicAuth: z
      .object({
        username: z.string().optional().describe('User name.'),
        usernameFile: inputFile().optional().describe('File with the user name.'),
        password: secret().optional().describe('Password.'),
        passwordFile: inputFile().optional().describe('File with the password, read again for every request.'),
      })
      .optional()
      .describe('Basic authentication.'),
    authorization: z
      .object({
        type: z.string().prefault('Bearer').describe('Authentication scheme.'),
        credentials: secret().optional().describe('Credentials, such as a token.'),
        credentialsFile: inputFile().optional().describe('File with the credentials, read again for every request.'),
      })
      .optional()
      .describe('The `Authorization` header.'),
    bearerToken: secret().optional().describe('Bearer token, an older form of `authorization`.'),
    bearerTokenFile: inputFile().optional().describe('File with the bearer token.'),
    oauth2: z
      .object({
        clientId: z.string().describe('Client ID.'),
        clientSecret: secret().optional().describe('Client secret.'),
        clientSecretFile: inputFile().optional().describe('File with the client secret.'),
        scopes: z.array(z.string()).prefault([]).describe('Scopes of the token.'),
        tokenUrl: z.string().describe('URL of the token endpoint.'),
        endpointParams: dataRecord(z.string()).prefault({}).describe('Further parameters of token requests.'),
        tlsConfig: tlsConfig(),
        ...proxyFields(),
      })
      .optional()
      .describe('OAuth 2.0 client credentials.'),
    tlsConfig: tlsConfig(),
    followRedirects: z.boolean().prefault(true).describe('Whether to follow redirects.'),
    enableHttp2: z.boolean().prefault(true).describe('Accepted; requests use HTTP/1.1, which every target speaks.'),
    httpHeaders: dataRecord(
      z.object({
        values: z.array(z.string()).optional().describe('Values.'),
        secrets: z.array(secret()).optional().describe('Secret values.'),
        files: z.array(inputFile()).optional().describe('Files with values.'),
      }),
    )
      .prefault({})
      .describe('Further headers of requests.'),
    ...proxyFields(),
  } as const;
}

/** The configuration of an HTTP client. */
export type HttpClientConfig = z.output<z.ZodObject<ReturnType<typeof httpClientConfig>>>;
