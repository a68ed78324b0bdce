import { listenEndpoint } from '../../component/fields/listen.ts';
import { serverTls } from '../../component/fields/tls.ts';
import { duration, z } from '../../component/schema.ts';
import { apiConfigFields } from '../../kubernetes/server/config.ts';
import { prometheusCrField } from './monitors/config.ts';

/** The configuration of the `target_allocator` extension. */
export const targetAllocatorConfig = z.object({
  endpoint: listenEndpoint().prefault('127.0.0.1:8080').describe('Address to listen on: `host:port` or `unix:/path`.'),
  tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
  allocationStrategy: z
    .enum(['consistent-hashing', 'per-node'])
    .prefault('consistent-hashing')
    .describe(
      'How targets are assigned: `consistent-hashing` by their URL, or `per-node` to the collector on the node of the target. Targets without one are assigned by hashing.',
    ),
  config: z
    .object({
      global: z
        .record(z.string(), z.unknown())
        .prefault({})
        .describe('Fields of scrape configurations that do not have them, such as `scrape_interval`.'),
      scrapeConfigs: z
        .array(z.record(z.string(), z.unknown()))
        .prefault([])
        .describe(
          'Scrape configurations as Prometheus has them. Collectors read them without their discovery; they name files instead of secrets.',
        ),
    })
    .prefault({})
    .describe('The configuration as Prometheus has it.'),
  prometheusCr: prometheusCrField(),
  collectors: z
    .object({
      ids: z.array(z.string().min(1)).prefault([]).describe('Names of collectors that do not change.'),
      pods: z
        .object({
          ...apiConfigFields,
          namespace: z.string().min(1).describe('Namespace of the collectors.'),
          labelSelector: z.string().min(1).describe('Labels of the collectors: `app=agent,tier=metrics`.'),
          notReadyGracePeriod: duration()
            .prefault('30s')
            .describe('How long a collector that is not ready keeps its targets.'),
        })
        .optional()
        .describe('Pods of Kubernetes, whose names are those of collectors.'),
    })
    .refine(({ ids, pods }) => ids.length > 0 || pods !== undefined, 'expected ids or pods, got neither')
    .describe('The collectors that targets are assigned to.'),
});

/** The configuration of the `target_allocator` extension. */
export type TargetAllocatorConfig = z.output<typeof targetAllocatorConfig>;
