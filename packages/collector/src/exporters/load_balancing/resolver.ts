import type { ComponentContext } from '../../component/contract.ts';
import { every, type PeriodicTask } from '../../component/every.ts';
import { createDnsClient, type DnsClient } from '../../component/lookup/dns-client.ts';
import type { LoadBalancingConfig } from './config.ts';
import type { EndpointResolver } from './endpoint-resolver.ts';

/** Creates the resolver of a configuration. */
export async function createResolver(
  config: LoadBalancingConfig['resolver'],
  context: ComponentContext,
): Promise<EndpointResolver> {
  const { static: fixed, dns, k8s } = config;
  if (k8s !== undefined) {
    const { createKubernetesResolver } = await import('./kubernetes-resolver.ts');
    return createKubernetesResolver(k8s, context);
  }
  if (dns !== undefined) return new DnsResolver(dns, context);
  return { start: (onChange) => onChange(fixed?.hostnames ?? []), shutdown: () => Promise.resolve() };
}

type DnsConfig = NonNullable<LoadBalancingConfig['resolver']['dns']>;

/** Resolves a name periodically. While that fails, the endpoints stay as they are. */
class DnsResolver implements EndpointResolver {
  readonly #config: DnsConfig;
  readonly #context: ComponentContext;
  readonly #client: DnsClient;
  readonly #task: PeriodicTask;
  #onChange: (endpoints: readonly string[]) => Promise<void> = () => Promise.resolve();
  #endpoints = '';
  #isFailing = false;

  constructor(config: DnsConfig, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
    const { server, timeout } = config;
    this.#client = createDnsClient({ timeoutMillis: timeout, server, usesHostsFile: server === undefined });
    this.#task = every(context, config.interval, () => this.#resolve());
  }

  async start(onChange: (endpoints: readonly string[]) => Promise<void>): Promise<void> {
    this.#onChange = onChange;
    await this.#resolve();
    await this.#task.start();
  }

  async shutdown(): Promise<void> {
    this.#client.close();
    await this.#task.shutdown();
  }

  async #resolve(): Promise<void> {
    const { hostname, port } = this.#config;
    const [v4, v6] = await Promise.all([this.#client.addresses(hostname, 4), this.#client.addresses(hostname, 6)]);
    const addresses = [
      ...(v4.kind === 'found' ? v4.values : []),
      ...(v6.kind === 'found' ? v6.values.map((address) => `[${address}]`) : []),
    ];
    // A response without one kind of addresses must not remove those of which the server said nothing.
    const isIncomplete = v4.kind === 'failed' || v6.kind === 'failed';
    if (addresses.length === 0 || isIncomplete) {
      this.#reportFailure(isIncomplete ? 'the DNS server did not respond' : 'the name has no address');
      return;
    }
    if (this.#isFailing) this.#context.logger.info({ hostname }, 'name resolved again');
    this.#isFailing = false;
    const endpoints = addresses.map((address) => (port === '' ? address : `${address}:${port}`)).sort();
    const text = endpoints.join();
    if (text === this.#endpoints) return;
    await this.#onChange(endpoints);
    this.#endpoints = text;
  }

  #reportFailure(reason: string): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    const { hostname } = this.#config;
    this.#context.logger.warn({ hostname, reason }, 'cannot resolve the name, keeping the endpoints');
  }
}
