import { type ConfigIssue, defineExporter } from '../component/define.ts';
import { checkClientAuth } from '../component/fields/client-auth.ts';
import { checkSending } from '../component/sending/check.ts';
import { createSendingExporter } from '../component/sending/exporter.ts';
import { Balancer } from './load_balancing/balancer.ts';
import { type LoadBalancingConfig, loadBalancingConfig } from './load_balancing/config.ts';
import { ROUTING_KEYS } from './load_balancing/routing-key.ts';

export const loadBalancing = defineExporter({
  summary: 'Sends telemetry over OTLP/gRPC to several endpoints, by trace, service or attributes.',
  stability: 'alpha',
  aliases: ['loadbalancing'],
  // There is one list of endpoints, and one queue for each of them.
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs'],
  config: loadBalancingConfig,
  examples: [
    {
      title: 'All spans of a trace to the same of two Collectors',
      config: {
        protocol: { otlp: { tls: { insecure: true } } },
        resolver: { static: { hostnames: ['127.0.0.1:5317', '127.0.0.1:6317'] } },
      },
    },
    {
      title: 'By service, to all addresses of a name',
      config: {
        routing_key: 'service',
        protocol: { otlp: { tls: { insecure: true } } },
        resolver: { dns: { hostname: 'collectors.example.com', interval: '10s' } },
      },
    },
  ],
  describe: ({ resolver }) =>
    resolver.static?.hostnames.join(', ') ?? resolver.dns?.hostname ?? resolver.k8s?.service ?? '',
  check: (config, use) => [
    ...checkRouting(config, use.signals),
    ...checkSending(config, use),
    ...inProtocol(checkSending(config.protocol.otlp, use)),
    ...inProtocol(checkClientAuth(config.protocol.otlp, use)),
  ],
  create(config, context) {
    const balancer = new Balancer(config, context);
    const { sendingQueue, retryOnFailure, timeout } = config;
    if (!sendingQueue.enabled && !retryOnFailure.enabled && timeout === 0) return balancer;
    // What a durable queue has accepted stays in it until it is delivered.
    const isRetried = retryOnFailure.enabled || (sendingQueue.enabled && sendingQueue.storage !== undefined);
    const queued = createSendingExporter(
      { sendingQueue, retryOnFailure: { ...retryOnFailure, enabled: isRetried }, timeout },
      { send: async (batch) => balancer.consume(batch) },
      context,
    );
    return {
      ...queued,
      async start() {
        await balancer.start();
        await queued.start?.();
      },
      async drain(deadline, remainingMillis) {
        await queued.drain?.(deadline, remainingMillis);
        await balancer.drain(deadline, remainingMillis);
      },
      async shutdown() {
        await queued.shutdown?.();
        await balancer.shutdown();
      },
      heldItems: () => (queued.heldItems?.() ?? 0) + balancer.heldItems(),
    };
  },
});

function checkRouting(
  { routingKey, routingAttributes }: LoadBalancingConfig,
  signals: readonly string[],
): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  for (const [signal, keys] of Object.entries(ROUTING_KEYS)) {
    if (routingKey === undefined || !signals.includes(signal) || keys.includes(routingKey)) continue;
    const message = `expected ${keys.join(', ')} for a pipeline of ${signal}, got ${routingKey}`;
    issues.push({ path: ['routing_key'], message });
  }
  const path = ['routing_attributes'];
  if (routingKey === 'attributes' && routingAttributes.length === 0) {
    issues.push({ path, message: 'expected at least one attribute for routing_key attributes, got none' });
  }
  if (routingKey !== 'attributes' && routingAttributes.length > 0) {
    issues.push({ path, message: 'expected nothing unless routing_key is attributes' });
  }
  return issues;
}

function inProtocol(issues: readonly ConfigIssue[]): ConfigIssue[] {
  return issues.map((issue) => ({ ...issue, path: ['protocol', 'otlp', ...issue.path] }));
}
