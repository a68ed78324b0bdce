import { Resolver } from 'node:dns/promises';
import type { DiscoveryConfig } from '../config/discovery.ts';
import type { DiscoveredLabels } from '../labels/target-labels.ts';
import type { Discovery, DiscoveryContext } from './discovery.ts';
import { refreshing } from './refresh.ts';

type DnsConfig = DiscoveryConfig['dnsSdConfigs'][number];

/** Creates a discovery that makes targets of DNS records. `server` is a DNS server. Default: those of the system. */
export function createDnsDiscovery(config: DnsConfig, context: DiscoveryContext, server?: string): Discovery {
  const resolver = new Resolver();
  if (server !== undefined) resolver.setServers([server]);
  const read = async (): Promise<DiscoveredLabels[]> => {
    const found = await Promise.all(config.names.map((name) => resolve(resolver, name, config)));
    return found.flat();
  };
  const source = config.names.join(', ');
  const refreshed = refreshing({ source, intervalMillis: config.refreshInterval, read }, context);
  return {
    ...refreshed,
    async stop() {
      resolver.cancel();
      await refreshed.stop();
    },
  };
}

async function resolve(resolver: Resolver, name: string, { type, port }: DnsConfig): Promise<DiscoveredLabels[]> {
  const target = (host: string, at: number, labels: DiscoveredLabels = {}): DiscoveredLabels => ({
    __address__: `${host.includes(':') ? `[${host}]` : host}:${at}`,
    __meta_dns_name: name,
    ...labels,
  });
  const rooted = (host: string): string => (host.endsWith('.') ? host : `${host}.`);
  try {
    switch (type) {
      case 'SRV':
        return (await resolver.resolveSrv(name)).map((record) =>
          target(record.name, record.port, {
            __meta_dns_srv_record_target: rooted(record.name),
            __meta_dns_srv_record_port: String(record.port),
          }),
        );
      case 'MX':
        return (await resolver.resolveMx(name)).map(({ exchange }) =>
          target(exchange, port, { __meta_dns_mx_record_target: rooted(exchange) }),
        );
      case 'NS':
        return (await resolver.resolveNs(name)).map((host) =>
          target(host, port, { __meta_dns_ns_record_target: rooted(host) }),
        );
      case 'A':
        return (await resolver.resolve4(name)).map((address) => target(address, port));
      case 'AAAA':
        return (await resolver.resolve6(name)).map((address) => target(address, port));
    }
  } catch (error) {
    // A name without records has no targets.
    if (MISSING.has((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

const MISSING: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);
