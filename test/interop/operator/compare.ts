import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../kubernetes/cluster.ts';
import { TestController } from '../kubernetes/test-controller.ts';
import { runStep } from '../processes.ts';
import { Audit, auditOptions } from './audit.ts';
import { checkAllocation } from './check-allocation.ts';
import { checkFailures } from './check-failures.ts';
import { checkLife } from './check-life.ts';
import { checkManifest, checkRights } from './check-manifest.ts';
import { checkMany } from './check-many.ts';
import { checkWebhook } from './check-webhook.ts';
import { checkWrongObjects } from './check-wrong-objects.ts';
import { endOperators, startOperatorProcess } from './operator-process.ts';
import { recordObjects } from './record.ts';
import { until } from './steps.ts';

/** What was checked, and what was not as expected. */
interface Compared {
  readonly compared: number;
  readonly mismatches: readonly string[];
  readonly note?: string;
}

const ROOT = join(import.meta.dirname, '../../..');

/**
 * Runs processes of the operator on a real API server with real controllers, under the role of the manifest. A test controller
 * makes pods ready. `count` is the number of collectors for which memory and requests are counted. With `records`, writes the
 * objects that `npm test` reads.
 */
export async function testOperator(
  peers: string,
  { count, records }: { readonly count: number; readonly records: boolean },
  report: (way: string, compared: Compared) => void,
): Promise<void> {
  const programs = join(peers, 'kubernetes');
  await runStep([join(ROOT, 'test/interop/kubernetes/build.sh'), programs]);
  const directory = await mkdtemp(join(tmpdir(), 'otelier-operator-'));
  const recorded = await auditOptions(directory);
  const cluster = await startCluster(programs, () => [
    ...recorded(directory),
    '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
  ]);
  const audit = new Audit(directory);
  try {
    await cluster.startControllers();
    const pods = new TestController(cluster, ['node-1', 'node-2']);
    await pods.addNodes();
    report('the install manifest of the operator', await checkManifest(cluster, programs));
    report('wrong objects refused by the API server', await checkWrongObjects(cluster));
    const operator = await startOperatorProcess(cluster, 'first');
    await until(() => operator.isLeader());
    report('the webhook of the operator', await checkWebhook(cluster, operator));
    if (records) await recordObjects(cluster, pods, operator);
    report('the life of a collector', await checkLife(cluster, pods, operator, audit));
    report('the life of a target allocation', await checkAllocation(cluster, pods, operator, audit));
    const { leader, result } = await checkFailures(cluster, pods, operator, audit);
    report('failures of the operator and the API server', result);
    report(`${count} collectors`, await checkMany(cluster, pods, leader, { audit, count }));
    report('the rights of the operator', await checkRights(cluster, audit));
  } finally {
    await endOperators();
    await cluster.stop();
    await rm(directory, { recursive: true });
  }
}
