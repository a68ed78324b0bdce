import { readFileSync } from 'node:fs';
import type { ComponentContext } from '../../component/contract.ts';
import { createKubernetesClient, type KubernetesClient } from '../../kubernetes/client.ts';
import { type KubernetesObject, RESOURCES } from '../../kubernetes/resource.ts';
import { type ApiServer, type Environment, inClusterServer } from '../../kubernetes/server/api-server.ts';
import { kubeConfigServer } from '../../kubernetes/server/kube-config.ts';
import { type ResourceWatch, watchResource } from '../../kubernetes/watch-resource.ts';
import type { LoadBalancingConfig } from './config.ts';
import type { EndpointResolver } from './endpoint-resolver.ts';

/** The part of an endpoint slice that is read. */
interface EndpointSlice extends KubernetesObject {
  readonly endpoints?:
    | readonly {
        readonly addresses?: readonly string[];
        readonly hostname?: string;
        readonly conditions?: { readonly ready?: boolean };
      }[]
    | null;
}

type KubernetesConfig = NonNullable<LoadBalancingConfig['resolver']['k8s']>;

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Creates a resolver that tells the endpoints of a Kubernetes service, which it watches. */
export function createKubernetesResolver(config: KubernetesConfig, context: ComponentContext): EndpointResolver {
  return new KubernetesResolver(config, context);
}

class KubernetesResolver implements EndpointResolver {
  readonly #config: KubernetesConfig;
  readonly #context: ComponentContext;
  readonly #slices = new Map<string, readonly string[]>();
  #client: KubernetesClient | undefined;
  #watch: ResourceWatch<{ readonly uid: string; readonly hosts: readonly string[] }> | undefined;
  #changing: Promise<void> = Promise.resolve();
  #endpoints = '';

  constructor(config: KubernetesConfig, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
  }

  async start(onChange: (endpoints: readonly string[]) => Promise<void>): Promise<void> {
    const { environment, clock, random, logger } = this.#context;
    const [name = '', named] = this.#config.service.split('.');
    const namespace = named || ownNamespace();
    let isComplete = false;
    const report = (): void => {
      if (!isComplete) return;
      this.#changing = this.#changing.then(() => this.#report(name, namespace, onChange));
    };
    this.#client = createKubernetesClient(serverOf(environment), environment);
    this.#watch = watchResource(
      this.#client,
      { ...RESOURCES.endpointSlices, namespace, labelSelector: `kubernetes.io/service-name=${name}` },
      {
        select: (object) => ({ uid: object.metadata.uid, hosts: this.#hostsOf(object) }),
        onSet: ({ uid, hosts }) => {
          this.#slices.set(uid, hosts);
          report();
        },
        onRemoved: ({ uid }) => {
          this.#slices.delete(uid);
          report();
        },
      },
      { clock, random, logger },
    );
    // A server that does not respond must not delay the start: batches wait for endpoints.
    this.#watch.synced.then(() => {
      isComplete = true;
      report();
    });
  }

  async shutdown(): Promise<void> {
    await this.#watch?.close();
    this.#client?.close();
    await this.#changing;
  }

  #hostsOf({ endpoints }: EndpointSlice): readonly string[] {
    // Endpoints whose readiness is not known count as ready.
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    if (!this.#config.returnHostnames) return ready.flatMap(({ addresses = [] }) => addresses);
    return ready.flatMap(({ hostname }) => (hostname ? [hostname] : []));
  }

  async #report(
    name: string,
    namespace: string,
    onChange: (endpoints: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const { returnHostnames, ports } = this.#config;
    const hosts = [...new Set([...this.#slices.values()].flat())];
    const addresses = hosts.map((host) => (returnHostnames ? `${host}.${name}.${namespace}` : bracketed(host)));
    const endpoints = addresses.flatMap((address) => ports.map((port) => `${address}:${port}`)).sort();
    const text = endpoints.join();
    if (text === this.#endpoints) return;
    this.#endpoints = text;
    await onChange(endpoints);
  }
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** Returns the server of `KUBECONFIG`, or that of the pod. */
function serverOf(environment: Environment): ApiServer {
  return environment['KUBECONFIG'] ? kubeConfigServer(environment) : inClusterServer(environment, SERVICE_ACCOUNT);
}

function ownNamespace(): string {
  try {
    return readFileSync(`${SERVICE_ACCOUNT}/namespace`, 'utf8').trim() || 'default';
  } catch {
    return 'default';
  }
}
