import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { httpRequest } from '../../../packages/collector/src/component/http/http-request.ts';
import { type Running, runStep, startServer } from '../processes.ts';

const TOKEN = 'interop-admin';
/** The content type of a patch that replaces lists and merges maps. */
const MERGE_PATCH = 'application/merge-patch+json';

/** A real API server over a real etcd, in a directory for temporary files. */
export interface Cluster {
  readonly url: string;
  /** Directory for temporary files. */
  readonly directory: string;
  /** Path of a kubeconfig file of an administrator. */
  readonly kubeConfig: string;
  readonly token: string;
  /** Sends a request to the API, and returns the object of the response. Throws for an error. */
  send(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** Starts the controllers, which make pods of deployments and collect what has no owner. */
  startControllers(): Promise<void>;
  /** Kills the API server, calls a function, and starts the server again over the same objects. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  /** Removes all versions of objects from etcd but the current ones. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a cluster without nodes. The programs are those that `build.sh` has built into a directory. `apiOptions` returns
 * further options of the API server.
 */
export async function startCluster(
  programs: string,
  apiOptions: (directory: string) => readonly string[] = () => [],
): Promise<Cluster> {
  const bin = join(programs, 'bin');
  const directory = await mkdtemp(join(tmpdir(), 'otelier-kubernetes-'));
  const [etcdPort = 0, peerPort = 0, apiPort = 0, controllerPort = 0] = await freePorts(4);
  const pki = join(directory, 'pki');
  await mkdir(pki);
  await runStep(['openssl', 'genrsa', '-out', join(pki, 'accounts.key'), '2048']);
  await writeFile(join(pki, 'tokens.csv'), `${TOKEN},admin,1,system:masters\nreader-token,reader,2\n`);
  const url = `https://127.0.0.1:${apiPort}`;
  const kubeConfig = join(directory, 'kubeconfig.json');
  await writeFile(kubeConfig, kubeConfigOf(url, TOKEN));
  const etcd = await startServer(
    [
      join(bin, 'etcd'),
      ...['--data-dir', join(directory, 'etcd'), '--unsafe-no-fsync', '--log-level', 'error'],
      ...['--listen-client-urls', `http://127.0.0.1:${etcdPort}`],
      ...['--advertise-client-urls', `http://127.0.0.1:${etcdPort}`],
      ...['--listen-peer-urls', `http://127.0.0.1:${peerPort}`],
      ...['--initial-advertise-peer-urls', `http://127.0.0.1:${peerPort}`],
      ...['--initial-cluster', `default=http://127.0.0.1:${peerPort}`],
    ],
    [etcdPort],
  );
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const send = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const type = method === 'PATCH' ? MERGE_PATCH : 'application/json';
    const response = await httpRequest(url + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      agent,
      maxBytes: 64 << 20,
    });
    if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${response.body.slice(0, 500)}`);
    return JSON.parse(response.body) as Record<string, unknown>;
  };
  const startApi = async (): Promise<Running> => {
    const server = await startServer(
      [
        join(bin, 'kube-apiserver'),
        ...[`--etcd-servers=http://127.0.0.1:${etcdPort}`, `--secure-port=${apiPort}`, `--cert-dir=${pki}`],
        ...['--bind-address=127.0.0.1', `--token-auth-file=${join(pki, 'tokens.csv')}`, '--authorization-mode=RBAC'],
        `--service-account-key-file=${join(pki, 'accounts.key')}`,
        `--service-account-signing-key-file=${join(pki, 'accounts.key')}`,
        ...['--service-account-issuer=https://interop', '--disable-admission-plugins=ServiceAccount'],
        ...['--service-cluster-ip-range=10.0.0.0/16', '--allow-privileged=true'],
        '--enable-priority-and-fairness=false',
        ...apiOptions(directory),
      ],
      [apiPort],
      50,
      120_000,
    );
    await untilReady(send);
    return server;
  };
  let api = await startApi();
  let controllers: Running | undefined;
  return {
    url,
    directory,
    kubeConfig,
    token: TOKEN,
    send,
    async startControllers() {
      controllers = await startServer(
        [
          join(bin, 'kube-controller-manager'),
          ...[`--kubeconfig=${kubeConfig}`, `--secure-port=${controllerPort}`, `--cert-dir=${pki}`],
          ...['--bind-address=127.0.0.1', '--leader-elect=false', '--use-service-account-credentials=false'],
          `--service-account-private-key-file=${join(pki, 'accounts.key')}`,
          // Nodes that no kubelet reports would become unhealthy, and their pods not ready.
          '--node-monitor-grace-period=1h',
          ...['--kube-api-qps=500', '--kube-api-burst=1000'],
        ],
        [controllerPort],
        50,
        60_000,
      );
    },
    async restart(meanwhile) {
      await kill(api);
      await meanwhile?.();
      api = await startApi();
    },
    async compact() {
      const etcdUrl = `http://127.0.0.1:${etcdPort}/v3/kv`;
      const post = async (path: string, body: object): Promise<string> =>
        (await httpRequest(`${etcdUrl}/${path}`, { method: 'POST', body: JSON.stringify(body) })).body;
      const { header } = JSON.parse(await post('range', { key: 'AA==' })) as { header: { revision: string } };
      await post('compaction', { revision: header.revision, physical: true });
    },
    async stop() {
      agent.destroy();
      await controllers?.stop();
      await kill(api);
      await etcd.stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** Returns the text of a kubeconfig file for a token. */
export function kubeConfigOf(url: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'interop',
    contexts: [{ name: 'interop', context: { cluster: 'interop', user: 'interop' } }],
    clusters: [{ name: 'interop', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'interop', user: { token } }],
  });
}

/** Ends an API server at once: a graceful end waits a minute for open watches. */
async function kill(server: Running): Promise<void> {
  server.child.kill('SIGKILL');
  await server.stop();
}

async function untilReady(send: Cluster['send']): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      await send('GET', '/api/v1/namespaces/default');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
