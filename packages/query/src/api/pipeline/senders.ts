import { z } from '@hono/zod-openapi';

const senderFinding = z
  .object({
    check: z.string().describe('The check that found it, such as `clock`.'),
    severity: z.enum(['note', 'warning', 'error']),
    message: z.string().describe('The evidence.'),
    remedy: z.string().describe('What to do.'),
    code: z.string().optional().describe('The setting or the code to change, in the language of its SDK.'),
  })
  .openapi('SenderFinding');

const senderSignal = z.object({
  signal: z.string(),
  requests: z.int(),
  items: z.int().describe('Items that were accepted.'),
  rejectedItems: z.int().describe('Items of partially accepted requests that were rejected.'),
  partialRequests: z.int(),
  refusedRequests: z.int().describe('Requests that were refused for good.'),
  retryRequests: z.int().describe('Requests that were rejected as retryable.'),
});

export const sender = z
  .object({
    service: z.string().describe('`service.name`; empty if it has none.'),
    namespace: z.string(),
    instance: z.string().describe('`service.instance.id`; empty if it has none.'),
    version: z.string().describe('`service.version`.'),
    language: z.string().describe('`telemetry.sdk.language`.'),
    sdk: z.string().describe('`telemetry.sdk.name`.'),
    sdkVersion: z.string(),
    host: z.string().describe('`host.name`, or the name of its pod or container.'),
    address: z.string().describe('Remote address; empty for Unix sockets and datagrams.'),
    transports: z.array(z.string()),
    userAgent: z.string(),
    firstMillis: z.number(),
    lastMillis: z.number(),
    itemsPerSecond: z.number().describe('Over the last minute.'),
    signals: z.array(senderSignal),
    repeatedRequests: z
      .int()
      .describe('Requests that were sent again, although they had been accepted or were in flight.'),
    retriedRequests: z.int().describe('Requests that were sent again after they had been rejected.'),
    clockMillis: z
      .number()
      .optional()
      .describe('Time of its newest items minus their arrival, in the median of its latest requests.'),
    droppedItems: z.int().describe('Items that its SDK dropped, as it tells in its own metrics.'),
    missingItems: z.int().describe('Items that its SDK sent, as it tells in its own metrics, and that did not arrive.'),
    inspectedRequests: z.int().describe('Requests whose items were read. All requests are counted.'),
    missing: z.array(z.string()).describe('Resource attributes that would identify the sender, and are missing.'),
    deprecated: z
      .array(z.object({ name: z.string(), replacement: z.string(), items: z.int() }))
      .describe('Deprecated names of the semantic conventions, with the number of inspected items that have them.'),
    findings: z.array(senderFinding).describe('Errors first.'),
  })
  .openapi('SendingSdk');

const rejectedClient = z
  .object({
    address: z.string(),
    userAgent: z.string(),
    path: z.string(),
    status: z.string().describe('HTTP status, name of a gRPC status, or `invalid`.'),
    reason: z.string(),
    count: z.int(),
    atMillis: z.number().describe('Time of the latest request.'),
    remedy: z.string(),
    code: z.string().optional(),
  })
  .openapi('RejectedClient');

export const sendersReport = z
  .object({
    atMillis: z.number(),
    sinceMillis: z.number().describe('Start of the process, since when senders are observed.'),
    senders: z.array(sender).describe('Those with findings first, then most items first.'),
    clients: z
      .array(rejectedClient)
      .describe('Clients whose requests were rejected before their sender was known, latest first.'),
    unlistedItems: z.int().describe('Items of senders that are not listed, because there were too many.'),
  })
  .openapi('SendersReport');
