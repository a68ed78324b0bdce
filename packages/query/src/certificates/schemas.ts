import { z } from '@hono/zod-openapi';

const name = (text: string) => z.string().describe(text);

/** What a certificate has in itself. */
const certificateFacts = z.object({
  subject: name('Distinguished name, such as `CN=collector.example`; empty if it has none.'),
  issuer: name('Distinguished name of its authority.'),
  names: z.array(z.string()).describe('Host names, IP addresses and URIs that it is for.'),
  serialNumber: name('In hexadecimal.'),
  fingerprint: name('SHA-256 of the certificate, in hexadecimal.'),
  key: name('Kind of its public key, such as `EC prime256v1` or `RSA 2048`.'),
  validFromMillis: z.number(),
  validToMillis: z.number(),
});

const ocspState = z.object({
  source: z.enum(['file', 'fetched']).describe('Whether the response is of a file, or of the server of the authority.'),
  status: z
    .enum(['good', 'revoked', 'unknown', 'missing'])
    .describe('What the response says. `missing` if there is none that can be used.'),
  responder: z.string().optional().describe('URL of the server of the authority.'),
  producedMillis: z.number().optional().describe('When the response was made.'),
  nextUpdateMillis: z
    .number()
    .optional()
    .describe('When the next response is due, after which clients reject this one.'),
  error: z.string().optional().describe('Why there is no newer response.'),
});

const acmeState = z.object({
  names: z.array(z.string()).describe('The names that the certificate is requested for.'),
  authority: name('Host of the directory of the authority.'),
  phase: z
    .enum(['issuing', 'issued', 'failed', 'waiting'])
    .describe('`waiting` if another process renews the certificate.'),
  issuedMillis: z.number().optional().describe('When this process obtained it.'),
  renewalMillis: z.number().optional().describe('When it is renewed next.'),
  error: z.string().optional().describe('Why the last attempt failed.'),
});

/** How long something is valid. */
const validity = z
  .enum(['valid', 'expires_soon', 'expired', 'not_yet_valid', 'unreadable', 'missing'])
  .describe('`missing` if the certificate has not been issued yet.');

const place = {
  component: name('Section and ID of the component, such as `receivers/otlp`.'),
  option: name('Option that has it, such as `protocols.grpc.tls.cert_file`.'),
  file: z.string().optional().describe('Path of the file. Only for callers with the permission `configuration:read`.'),
};

export const inventoryCertificate = z
  .object({
    ...place,
    role: z
      .enum(['server', 'client', 'client_authority', 'server_authority'])
      .describe('Whether it is presented by a server or a client, or verifies the certificates of clients or servers.'),
    validity,
    error: z.string().optional().describe('Why it cannot be read.'),
    certificate: certificateFacts.optional().describe('Omitted if it cannot be read.'),
    chain: z.array(certificateFacts).describe('The certificates of authorities that are presented with it.'),
    usedBy: z.array(z.string()).describe('For a certificate obtained by ACME: the components that present it.'),
    ocsp: ocspState.optional().describe('The response that is stapled, if any is configured.'),
    acme: acmeState.optional().describe('How it is obtained, for a certificate obtained by ACME.'),
  })
  .openapi('InventoryCertificate');

export const revocationList = z
  .object({
    ...place,
    validity,
    error: z.string().optional().describe('Why it cannot be read.'),
    issuer: z.string().optional().describe('Distinguished name of its authority.'),
    producedMillis: z.number().optional(),
    nextUpdateMillis: z.number().optional().describe('When the next list is due, after which this one is rejected.'),
    revokedCount: z.int().optional().describe('Number of revoked certificates.'),
  })
  .openapi('RevocationList');

/** The response of `GET /api/v1/certificates`. */
export const certificatesResponse = z
  .object({
    atMillis: z.number().describe('Time of the process.'),
    certificates: z.array(inventoryCertificate).describe('Those that expire first at the front.'),
    revocationLists: z.array(revocationList),
    unlistedCertificates: z.int().describe('Number of certificates of authorities beyond the listed 500.'),
  })
  .openapi('CertificatesResponse');
