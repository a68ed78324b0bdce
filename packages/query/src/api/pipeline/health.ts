import { z } from '@hono/zod-openapi';

export const certificate = z
  .object({
    subject: z.string().describe('Where it is configured, such as `receivers/otlp: server.crt`.'),
    name: z.string().describe('Whom it is for; empty if it cannot be read.'),
    expiresMillis: z.number().optional().describe('Omitted if it cannot be read.'),
  })
  .openapi('ConfiguredCertificate');

export const diskUsage = z
  .object({
    subject: z.string().describe('Component and directory, such as `exporters/store: ./data`.'),
    sizeBytes: z.number(),
    maxBytes: z.number().optional().describe('Configured limit.'),
    freeBytes: z.number().optional().describe('Free space of the disk.'),
    oldestMillis: z.number().optional().describe('Time of the oldest telemetry.'),
    retentionMillis: z.number().optional().describe('Configured age; 0 if there is no limit.'),
  })
  .openapi('DiskUsage');

export const observedSender = z
  .object({
    service: z.string(),
    sdk: z.string().describe('Language and version of its SDK, such as `nodejs 2.1.0`; empty if it tells none.'),
    instances: z.int().describe('Number of different resources that send as this service with this SDK.'),
    itemShare: z.number().describe('Its share of the items that were read, from 0 to 1.'),
    newestMillis: z
      .number()
      .optional()
      .describe('Time of its latest item minus its arrival. Positive if it is from the future.'),
    missing: z.array(z.string()).describe('Attributes that would identify the sender, and are missing.'),
  })
  .openapi('ObservedSender');
