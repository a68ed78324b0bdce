import { z } from '@hono/zod-openapi';

export const tenantUsage = z
  .object({
    tenant: z.string(),
    state: z.enum(['active', 'suspended']),
    receivedItems: z.number().describe('Items received since the start of the process.'),
    receivedBytes: z.number().describe('Size of the received requests after decompression.'),
    itemsPerSecond: z.number().describe('Items received per second, in the last ten seconds.'),
    bytesPerSecond: z.number().describe('Bytes received per second after decompression, in the last ten seconds.'),
    rejectedRequests: z.number().describe('Requests that a limit or the state of the tenant rejected.'),
    inFlightBytes: z.number().describe('Size of the requests that are not acknowledged.'),
    connections: z.number().describe('Open connections to receivers. Counted for tenants with a limit.'),
    activeSeries: z.number().describe('Series of metrics with recent points. Counted for tenants with a limit.'),
    storedBytes: z.number().describe('Size of the files in the store.'),
    storedRows: z.number().describe('Rows in files.'),
    pendingRows: z.number().describe('Rows that are only in the journal.'),
    queries: z.number().describe('Queries since the start of the process.'),
    rejectedQueries: z.number().describe('Queries that a limit rejected.'),
  })
  .openapi('TenantUsage');

export const tenantsUsage = z
  .object({ tenants: z.array(tenantUsage).describe('Those that the caller may see, by name.') })
  .openapi('TenantsUsage');

export const removalProof = z
  .object({
    statement: z.string().describe('JSON that lists what was removed, when, and by whom.'),
    signature: z.string().describe('Ed25519 signature of the statement, in Base64.'),
    publicKey: z
      .string()
      .describe('The key that verifies the signature, in PEM. The private key is in the directory of the store.'),
  })
  .openapi('RemovalProof');
