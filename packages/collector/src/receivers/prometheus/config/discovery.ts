import { duration, notYet, z } from '../../../component/schema.ts';
import { consulDiscoveryField, dockerDiscoveryField } from './containers.ts';
import { httpClientConfig } from './http-client.ts';
import { kubernetesDiscoveryField } from './kubernetes.ts';
import { dataRecord } from './record.ts';

/** Returns the fields for how targets are discovered. */
export function discoveryFields() {
  const refreshInterval = (interval: string) =>
    duration().prefault(interval).describe('Interval at which targets are discovered again.');
  return {
    staticConfigs: z
      .array(
        z.object({
          targets: z.array(z.string()).prefault([]).describe('Addresses: `host:port`.'),
          labels: dataRecord(z.coerce.string()).prefault({}).describe('Labels of these targets.'),
        }),
      )
      .prefault([])
      .describe('Targets that do not change.'),
    fileSdConfigs: z
      .array(
        z.object({
          files: z
            .array(z.string())
            .min(1)
            .describe('Files with target groups, as YAML or JSON. The last part of a path may have `*`.'),
          refreshInterval: refreshInterval('5m'),
        }),
      )
      .prefault([])
      .describe('Targets in files, which are read again when they change.'),
    httpSdConfigs: z
      .array(
        z.object({
          url: z.string().min(1).describe('URL of target groups as JSON.'),
          refreshInterval: refreshInterval('1m'),
          ...httpClientConfig(),
        }),
      )
      .prefault([])
      .describe('Targets from an HTTP endpoint.'),
    dnsSdConfigs: z
      .array(
        z
          .object({
            names: z.array(z.string()).min(1).describe('DNS names.'),
            type: z
              .string()
              .toUpperCase()
              .pipe(z.enum(['SRV', 'A', 'AAAA', 'MX', 'NS']))
              .prefault('SRV')
              .describe('Record type.'),
            port: z.int().min(0).max(65_535).prefault(0).describe('Port of the targets, unless the type is `SRV`.'),
            refreshInterval: refreshInterval('30s'),
          })
          .refine(({ type, port }) => type === 'SRV' || port > 0, {
            path: ['port'],
            error: 'expected a port, because only SRV records have one',
          }),
      )
      .prefault([])
      .describe('Targets from DNS records.'),
    kubernetesSdConfigs: kubernetesDiscoveryField(),
    consulSdConfigs: consulDiscoveryField(),
    ec2SdConfigs: notYet('use another form of discovery').describe('EC2 discovery. Not supported yet.'),
    dockerSdConfigs: dockerDiscoveryField(),
  } as const;
}

/** How the targets of a job are discovered. */
export type DiscoveryConfig = z.output<z.ZodObject<ReturnType<typeof discoveryFields>>>;
