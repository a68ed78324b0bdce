import { join } from 'node:path';
import type { Cluster } from '../kubernetes/cluster.ts';
import { runStep } from '../processes.ts';
import { type Audit, type AuditedRequest, countRequests } from './audit.ts';
import { Steps, until } from './steps.ts';

const MANIFEST = join(import.meta.dirname, '../../../deploy/operator');

/** Applies the manifest as its guide says, twice, and waits until the definitions are served. */
export async function checkManifest(cluster: Cluster, programs: string) {
  const steps = new Steps();
  const kubectl = (...args: readonly string[]): Promise<void> =>
    runStep([join(programs, 'bin/kubectl'), '--kubeconfig', cluster.kubeConfig, ...args]);
  await steps.run('kubectl apply -k deploy/operator', async () => {
    await kubectl('apply', '-k', MANIFEST);
    await kubectl('wait', '--for=condition=established', 'customresourcedefinitions', '--all', '--timeout=30s');
    // Requests are served a moment after the definition is established.
    await until(
      async () => (await cluster.send('GET', '/apis/otelier.dev/v1alpha1/collectors'))['items'] !== undefined,
    );
    return undefined;
  });
  await steps.run('again, by server-side apply', async () => {
    await kubectl('apply', '--server-side', '--force-conflicts', '-k', MANIFEST);
    return undefined;
  });
  await steps.run('deployment with 2 pods', async () => {
    const path = '/apis/apps/v1/namespaces/otelier-operator/deployments/otelier-operator';
    await until(async () => {
      const { status } = (await cluster.send('GET', path)) as { readonly status?: { readonly replicas?: number } };
      return status?.replicas === 2;
    });
    return undefined;
  });
  return steps.result;
}

/** Checks that no request of all steps was forbidden, and names the rights of the role that none of them has used. */
export async function checkRights(cluster: Cluster, audit: Audit) {
  const requests = await audit.all();
  const rightOf = ({ verb, group, resource }: AuditedRequest): string => `${verb} ${group} ${resource}`;
  const used = new Set(requests.filter(({ status }) => status < 400).map(rightOf));
  // A server that has just started refuses what it allows once it has read the roles.
  const refused = requests.filter((request) => [401, 403].includes(request.status) && !used.has(rightOf(request)));
  const mismatches = [...new Set(refused.map(rightOf))].map((right) => `expected the right to ${right}, got 403`);
  const role = await cluster.send('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/otelier-operator');
  const rights = (role['rules'] as readonly Rule[]).flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.filter((verb) => CHANGES.includes(verb)).map((verb) => `${verb} ${group} ${resource}`),
      ),
    ),
  );
  // A client of `create` writes by apply, which is a patch that also needs the right to create.
  const unused = rights.filter(
    (right) => !used.has(right) && !right.startsWith('create ') && !right.includes('/finalizers'),
  );
  const note = `${requests.length} requests (${countRequests(requests)}); rights to change that no step needed: ${unused.join(', ') || 'none'}`;
  return { compared: requests.length, mismatches, note };
}

const CHANGES = ['create', 'update', 'patch', 'delete'];

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
