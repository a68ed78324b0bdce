import { duration, ignored, notYet, z } from '../../component/schema.ts';
import { sendingFields } from '../../component/sending/config.ts';
import { otlpGrpc } from '../otlp_grpc.ts';

const staticResolver = z.object({
  hostnames: z
    .array(z.string().min(1))
    .min(1, { error: 'expected at least one endpoint' })
    .describe('Endpoints, as `host:port` or `host`, whose port is then 4317.'),
});

const dnsResolver = z.object({
  hostname: z.string().min(1).describe('Name that resolves to the addresses of the endpoints.'),
  port: z
    .union([z.string(), z.int()])
    .transform(String)
    .refine((port) => /^\d{0,5}$/.test(port) && Number(port) < 65_536, { error: 'expected a port' })
    .prefault('4317')
    .describe('Port of the endpoints.'),
  interval: duration()
    .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
    .prefault('5s')
    .describe('How often the name is resolved.'),
  timeout: duration()
    .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
    .prefault('1s')
    .describe('How long to wait for a response.'),
  server: z
    .string()
    .optional()
    .describe('DNS server, as `address` or `address:port`. Default: those of the system, after its hosts file.'),
});

const kubernetesResolver = z.object({
  service: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+(\.svc\..+)?)?$/, { error: 'expected a name such as service or service.namespace' })
    .describe('Name of the service: `service.namespace`, or `service` in the namespace of the pod.'),
  ports: z
    .array(z.int().min(1).max(65_535))
    .min(1)
    .prefault([4317])
    .describe('Ports of the endpoints. Several make several endpoints of each address.'),
  timeout: ignored('watches end after minutes, and are continued', { schema: duration() }),
  returnHostnames: z
    .boolean()
    .prefault(false)
    .describe('Whether endpoints are named by their host names, such as those of a stateful set.'),
});

/** The configuration of the `load_balancing` exporter. */
export const loadBalancingConfig = z.object({
  routingKey: z
    .enum(['traceID', 'service', 'metric', 'resource', 'streamID', 'attributes'])
    .optional()
    .describe(
      'What telemetry is routed by: `traceID` (traces, logs), `service`, `attributes`, `resource` (metrics, logs), `metric` or `streamID` (metrics). Default: `traceID` for traces, `service` for metrics and logs.',
    ),
  routingAttributes: z
    .array(z.string().min(1))
    .prefault([])
    .describe(
      'Attributes of the routing key `attributes`: of the resource, the scope or the item. Also `span.name`, `span.kind`, `log.severity` and `log.body`.',
    ),
  protocol: z
    .object({
      otlp: otlpGrpc.config
        .omit({ endpoint: true })
        .extend({ endpoint: ignored('the resolver tells the endpoints', { schema: z.string() }) })
        .prefault({})
        .describe(
          'Options of the connections, those of the exporter `otlp_grpc`. Each endpoint has a queue of its own.',
        ),
    })
    .prefault({})
    .describe('How the endpoints are reached.'),
  resolver: z
    .object({
      static: staticResolver.optional().describe('A fixed list of endpoints.'),
      dns: dnsResolver.optional().describe('A name that resolves to the endpoints.'),
      k8s: kubernetesResolver.optional().describe('The endpoints of a Kubernetes service.'),
      awsCloudMap: notYet('set `resolver.dns`').describe('The instances of AWS Cloud Map. Not supported yet.'),
    })
    .refine(
      (resolver) => [resolver.static, resolver.dns, resolver.k8s].filter((one) => one !== undefined).length === 1,
      {
        error: 'expected one of static, dns and k8s',
      },
    )
    .describe('Where the endpoints come from.'),
  timeout: duration()
    .prefault(0)
    .describe('Maximum time for an attempt to send a batch to all its endpoints. 0 means no limit.'),
  sendingQueue: sendingFields.sendingQueue
    .prefault({ enabled: false })
    .describe('Queue in front of the endpoints, which then have none. Not used unless configured.'),
  retryOnFailure: sendingFields.retryOnFailure
    .prefault({ enabled: false })
    .describe(
      'Retries of batches that an endpoint did not take, after its own. Not used unless configured, or with `sending_queue.storage`.',
    ),
});

/** The options of the exporter. */
export type LoadBalancingConfig = z.output<typeof loadBalancingConfig>;

/** Adds the default port to an endpoint without one. */
export function endpointWithPort(endpoint: string): string {
  return endpoint.includes(':') ? endpoint : `${endpoint}:4317`;
}
