import { httpClientFields } from '../../../component/fields/http-client.ts';
import { duration, inputFile, z } from '../../../component/schema.ts';
import { httpClientConfig } from './http-client.ts';

/** Returns the field for a target allocator, as the OpenTelemetry operator runs it. */
export function targetAllocatorField() {
  return z
    .object({
      ...httpClientFields('requests to the allocator are small and rare'),
      endpoint: z
        .url({ protocol: /^https?$/, error: 'expected a URL such as http://allocator:8080' })
        .describe('URL of the allocator, without a path of its API.'),
      collectorId: z
        .string()
        .min(1)
        .describe('Name of this collector in the allocator, such as that of the pod from an environment variable.'),
      interval: duration().prefault('30s').describe('Interval at which the jobs are read again.'),
      timeout: duration().prefault('30s').describe('Timeout of a request for the jobs.'),
      tls: z
        .object({
          caFile: inputFile().optional().describe('PEM file with the CA certificates that verify the allocator.'),
          certFile: inputFile().optional().describe('PEM file with the client certificate.'),
          keyFile: inputFile().optional().describe('PEM file with the private key of the client certificate.'),
          serverNameOverride: z.string().optional().describe('Expected name in the certificate of the allocator.'),
          insecureSkipVerify: z.boolean().prefault(false).describe('Whether to skip verification of the certificate.'),
          insecure: z.boolean().prefault(false).describe('Accepted: the scheme of `endpoint` decides.'),
        })
        .prefault({})
        .describe('TLS settings for requests to the allocator.'),
      httpSdConfig: z
        .object({
          refreshInterval: duration().prefault('30s').describe('Interval at which the targets are read again.'),
          ...httpClientConfig(),
        })
        .optional()
        .describe('Requests for targets. Default: as for the jobs, every 30 s.'),
      httpScrapeConfig: z
        .object(httpClientConfig())
        .optional()
        .describe('HTTP client of all scrapes, instead of that of the jobs.'),
    })
    .optional()
    .describe('Target allocator that tells the jobs and the targets of this collector.');
}

/** A target allocator. */
export type TargetAllocatorConfig = NonNullable<z.output<ReturnType<typeof targetAllocatorField>>>;
