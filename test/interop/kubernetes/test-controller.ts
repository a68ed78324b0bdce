import type { KubernetesObject } from '../../../packages/collector/src/kubernetes/resource.ts';
import type { Cluster } from './cluster.ts';

/** A pod as the controllers make it. */
interface Pod extends KubernetesObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly affinity?: unknown;
    readonly containers: readonly { readonly name: string; readonly image: string }[];
  };
  readonly status?: { readonly podIP?: string; readonly startTime?: string };
}

/**
 * Does what a scheduler and kubelets do, once for all pods that exist: binds pods to nodes and sets their status. Nothing runs
 * in them. Addresses are counted up from 10.1.0.1.
 */
export class TestController {
  readonly #cluster: Cluster;
  readonly #nodes: readonly string[];
  #address = 0;

  constructor(cluster: Cluster, nodes: readonly string[]) {
    this.#cluster = cluster;
    this.#nodes = nodes;
  }

  /** Adds the nodes to the cluster. */
  async addNodes(): Promise<void> {
    for (const name of this.#nodes) {
      const metadata = { name, labels: { zone: `zone-of-${name}` } };
      await this.#cluster.send('POST', '/api/v1/nodes', { metadata });
      const conditions = [{ type: 'Ready', status: 'True' }];
      const addresses = [{ type: 'InternalIP', address: `192.168.0.${this.#nodes.indexOf(name) + 1}` }];
      await this.#cluster.send('PATCH', `/api/v1/nodes/${name}/status`, { status: { conditions, addresses } });
    }
  }

  /** Binds and starts the pods of a namespace that have no address yet. Returns all of its pods. */
  async startPods(namespace: string): Promise<readonly Pod[]> {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const list = (await this.#cluster.send('GET', path)) as { items?: readonly Pod[] };
    for (const pod of list.items ?? []) if (!pod.status?.podIP) await this.#start(path, pod);
    return ((await this.#cluster.send('GET', path)) as { items: readonly Pod[] }).items;
  }

  /** Starts pods until a namespace has this many. */
  async startPodsUntil(namespace: string, count: number): Promise<readonly Pod[]> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const pods = await this.startPods(namespace);
      if (pods.length >= count && pods.every(({ status }) => status?.podIP)) return pods;
      if (Date.now() > deadline) throw new Error(`expected ${count} pods in ${namespace}, got ${pods.length}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #start(path: string, { metadata: { name }, spec }: Pod): Promise<void> {
    const number = ++this.#address;
    if (!spec.nodeName) {
      // Pods of a daemon set name their node.
      const wanted = this.#nodes.find((node) => JSON.stringify(spec.affinity ?? {}).includes(`"${node}"`));
      const target = { kind: 'Node', name: wanted ?? this.#nodes[number % this.#nodes.length] };
      await this.#cluster.send('POST', `${path}/${name}/binding`, { metadata: { name }, target });
    }
    const podIP = `10.1.${number >> 8}.${number & 255}`;
    const containerStatuses = spec.containers.map((container) => ({
      name: container.name,
      image: container.image,
      imageID: `docker.io/library/${container.name}@sha256:${String(number).padStart(64, '0')}`,
      containerID: `containerd://${name}-${container.name}`,
      ready: true,
      started: true,
      restartCount: number % 3,
      state: { running: { startedAt: new Date().toISOString() } },
    }));
    await this.#cluster.send('PATCH', `${path}/${name}/status`, {
      status: {
        phase: 'Running',
        podIP,
        podIPs: [{ ip: podIP }],
        startTime: new Date().toISOString(),
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }],
        containerStatuses,
      },
    });
  }
}
