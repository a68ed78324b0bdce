import { duration, secret, z } from '../../../component/schema.ts';
import { httpClientConfig } from './http-client.ts';
import { dataRecord } from './record.ts';

const refreshInterval = (interval: string) =>
  duration().prefault(interval).describe('Interval at which targets are discovered again.');

/** Returns the field for Prometheus' `docker_sd_configs`. */
export function dockerDiscoveryField() {
  return z
    .array(
      z.object({
        host: z
          .string()
          .refine((text) => /^unix:\/\/\/.|^(tcp|https?):\/\/./.test(text), {
            error: 'expected unix:///path or a URL with tcp, http or https',
          })
          .describe('Docker daemon: a Unix socket, or a URL.'),
        port: z.int().min(0).max(65_535).prefault(80).describe('Port of containers that expose none.'),
        filters: z
          .array(
            z.object({
              name: z.string().describe('Name of a filter of the Docker API.'),
              values: z.array(z.string()).describe('Its values.'),
            }),
          )
          .prefault([])
          .describe('Filters of the containers.'),
        hostNetworkingHost: z
          .string()
          .prefault('localhost')
          .describe('Address of containers in the network of the host.'),
        matchFirstNetwork: z.boolean().prefault(true).describe('Whether only the first network of a container counts.'),
        refreshInterval: refreshInterval('60s'),
        ...httpClientConfig(),
      }),
    )
    .prefault([])
    .describe('Targets from containers of Docker.');
}

/** Returns the field for Prometheus' `consul_sd_configs`. */
export function consulDiscoveryField() {
  return z
    .array(
      z.object({
        server: z.string().prefault('localhost:8500').describe('Address of the Consul agent.'),
        pathPrefix: z.string().prefault('').describe('Path in front of the API.'),
        scheme: z.enum(['http', 'https']).prefault('http').describe('Scheme of requests.'),
        token: secret().optional().describe('Token of Consul.'),
        datacenter: z.string().prefault('').describe('Data center. Default: that of the agent.'),
        namespace: z.string().prefault('').describe('Namespace, for Consul Enterprise.'),
        partition: z.string().prefault('').describe('Admin partition, for Consul Enterprise.'),
        username: z.string().prefault('').describe('User name, an older form of `basic_auth`.'),
        password: secret().optional().describe('Password, an older form of `basic_auth`.'),
        services: z.array(z.string()).prefault([]).describe('Services to read. Default: all.'),
        tags: z.array(z.string()).prefault([]).describe('Tags that instances must have.'),
        nodeMeta: dataRecord(z.string()).prefault({}).describe('Metadata that nodes must have.'),
        filter: z.string().prefault('').describe('Filter expression for the catalog.'),
        healthFilter: z.string().prefault('').describe('Filter expression for instances.'),
        tagSeparator: z.string().prefault(',').describe('Text between tags.'),
        allowStale: z.boolean().prefault(true).describe('Whether any server of Consul may respond.'),
        refreshInterval: refreshInterval('30s'),
        ...httpClientConfig(),
      }),
    )
    .prefault([])
    .describe('Targets from the catalog of Consul.');
}

/** One entry of `docker_sd_configs`. */
export type DockerDiscoveryConfig = z.output<ReturnType<typeof dockerDiscoveryField>>[number];

/** One entry of `consul_sd_configs`. */
export type ConsulDiscoveryConfig = z.output<ReturnType<typeof consulDiscoveryField>>[number];
