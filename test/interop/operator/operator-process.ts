import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { httpRequest } from '../../../packages/collector/src/component/http/http-request.ts';
import { bundleProgram } from '../../../tools/pack/bundle-program.ts';
import { NODE, OTELIER } from '../gateway.ts';
import { type Cluster, kubeConfigOf } from '../kubernetes/cluster.ts';
import { type Running, startServer } from '../processes.ts';
import { until } from './steps.ts';

/** Namespace and name of the service account of the operator. */
const OPERATOR = 'otelier-operator';

/** An operator as the manifest runs it: the program, with the permissions of its service account. */
export interface OperatorProcess {
  isLeader(): Promise<boolean>;
  /** Whether it serves the webhook with a certificate. */
  isReady(): Promise<boolean>;
  /** Keys that were processed since it leads. */
  processed(): Promise<number>;
  /** Resolves when nothing waits and nothing was processed for a second. */
  untilIdle(): Promise<void>;
  /** Resident memory in MB: now, and the maximum since the start. */
  memory(): Promise<{ readonly now: number; readonly peak: number }>;
  /** Stops it gracefully. */
  stop(): Promise<void>;
  send(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

/** Bundles the program as it is published, and returns the directory for `OTELIER_PROGRAM`. */
async function bundleOperator(): Promise<string> {
  const directory = join(ROOT, 'node_modules/.cache/otelier-operator-interop');
  await rm(directory, { recursive: true, force: true });
  await bundleProgram(ROOT, directory);
  return directory;
}

let program: Promise<string> | undefined;

const ROOT = join(import.meta.dirname, '../../..');

/** Starts an operator, and waits until it serves `/healthz`. */
export async function startOperatorProcess(cluster: Cluster, name: string): Promise<OperatorProcess> {
  const token = await serviceAccountToken(cluster);
  const kubeConfig = join(cluster.directory, `operator-${name}.json`);
  await writeFile(kubeConfig, kubeConfigOf(cluster.url, token));
  const [port = 0, webhookPort = 0] = await freePorts(2);
  const options = [
    ...['--namespace', OPERATOR, '--image', 'otelier:1'],
    ...['--listen', `127.0.0.1:${port}`, '--webhook', `127.0.0.1:${webhookPort}`],
  ];
  program ??= bundleOperator();
  const environment = [`OTELIER_PROGRAM=${await program}`, `KUBECONFIG=${kubeConfig}`, `K8S_POD_NAME=${name}`];
  const server = await startServer(['/usr/bin/env', ...environment, NODE, OTELIER, 'operator', ...options], [port]);
  STARTED.add(server);
  return operatorOf(server, port);
}

/** Ends the operators that a failed check has left. */
export async function endOperators(): Promise<void> {
  for (const server of STARTED) {
    server.child.kill('SIGKILL');
    await server.stop();
  }
}

const STARTED = new Set<Running>();

function operatorOf(server: Running, port: number): OperatorProcess {
  /** Returns the sum over all labels. */
  const metric = async (metricName: string): Promise<number> => {
    const { body } = await httpRequest(`http://127.0.0.1:${port}/metrics`);
    const values = [...body.matchAll(new RegExp(`^${metricName}(?:\\{.*\\})? (.*)$`, 'gm'))].map(([, value]) =>
      Number(value),
    );
    return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value);
  };
  const processed = (): Promise<number> => metric('workqueue_work_duration_seconds_count');
  return {
    isReady: async () => (await httpRequest(`http://127.0.0.1:${port}/readyz`)).status === 200,
    isLeader: async () => (await metric('leader_election_master_status')) === 1,
    processed,
    async untilIdle() {
      let before = -1;
      await until(async () => {
        const now = (await metric('workqueue_depth')) > 0 ? -1 : await processed();
        const isSame = now >= 0 && now === before;
        before = now;
        if (!isSame) await new Promise((resolve) => setTimeout(resolve, 1000));
        return isSame;
      }, 300_000);
    },
    async memory() {
      const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
      const read = (field: string): number =>
        Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024);
      return { now: read('VmRSS'), peak: read('VmHWM') };
    },
    stop: () => server.stop(),
    send: (signal) => {
      server.child.kill(signal);
    },
  };
}

async function serviceAccountToken(cluster: Cluster): Promise<string> {
  const path = `/api/v1/namespaces/${OPERATOR}/serviceaccounts/${OPERATOR}/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } };
  const { status } = (await cluster.send('POST', path, request)) as { readonly status: { readonly token: string } };
  return status.token;
}
