import type { Logger } from 'pino';
import type { Registry } from '../../config/registry.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { ObjectWriter } from '../../kubernetes/object-writer.ts';
import type { KubernetesObject } from '../../kubernetes/resource.ts';
import { type Condition, withTimes } from '../core/conditions.ts';
import { hashOf } from '../core/content.ts';
import { type EventContext, recordEvent } from '../core/events.ts';
import { keyOf } from '../core/object-key.ts';
import { OPERATOR_RESOURCES } from '../definitions/custom-resources.ts';
import { type Checked, checkConfiguration } from './check-configuration.ts';
import type { ChildObjects } from './child-objects.ts';
import { companionsOf, configMapOf, TEMPLATE_KEY } from './children.ts';
import { mergePipelines } from './merge-pipelines.ts';
import { type Collector, type CollectorStatus, isSidecar, type Pipeline } from './model.ts';
import { CHILD_TYPES, type ChildKind, FINALIZER, selectorLabels } from './names.ts';
import { followRollout, type WorkloadStatus } from './rollout.ts';
import { configMapName, revisionOf, workloadOf } from './workload.ts';

/** What reconciling needs. */
export interface ReconcileContext extends EventContext {
  readonly client: KubernetesClient;
  readonly writer: ObjectWriter;
  readonly logger: Logger;
  readonly children: ChildObjects;
  /** Components that configurations can use. */
  readonly registry: Registry;
  /** Image of collectors that name none. */
  readonly image: string;
  /** Is called with a collector after its status was written, before the watch reports it. */
  onWritten(collector: Collector): void;
  /** Results of the last checks, by UID of the collector, with the hash of what was checked. */
  readonly checked: Map<string, { readonly hash: string; readonly result: Checked }>;
}

const PERMISSIONS_OF_POD =
  'Its components read the Kubernetes API, for which the service accounts of the pods need permissions.';
const VALID: Condition = { type: 'ConfigurationValid', status: 'True', reason: 'Valid', message: '' };
/** Statuses with which the API server refuses an object, whose fields or quota only users can change. */
const REFUSED = [400, 403, 422];
const NO_PODS: WorkloadStatus = { isCurrent: false, desired: 0, replicas: 0, ready: 0, updated: 0, available: 0 };

/**
 * Brings the objects of a collector to what it asks for, writes its status if that has changed, and returns after how many
 * milliseconds it must be called again although nothing changes. `undefined`: not before a change.
 */
export async function reconcileCollector(
  context: ReconcileContext,
  collector: Collector,
  pipelines: readonly Pipeline[],
  signal: AbortSignal,
): Promise<number | undefined> {
  if (collector.metadata.deletionTimestamp !== undefined) {
    await finalize(context, collector, signal);
    return undefined;
  }
  if (collector.spec.paused === true) return undefined;
  const { config, refused } = mergePipelines(collector, pipelines);
  for (const pipeline of pipelines)
    await reportPipeline(context, pipeline, refused.get(pipeline.metadata.name), signal);
  const checked = await checkOnce(context, collector, config);
  if (isSidecar(collector)) {
    const conditions = sidecarConditions(checked);
    await writeStatus(context, collector, NO_PODS, conditions, {}, signal);
    return undefined;
  }
  if (!checked.ok) {
    const condition = {
      type: 'ConfigurationValid',
      status: 'False',
      reason: 'Invalid',
      message: checked.errors,
    } as const;
    const running = workloadStatus(context, collector);
    await writeStatus(context, collector, running, [condition, readyCondition(running)], {}, signal);
    return undefined;
  }
  try {
    return await writeObjects(context, collector, checked, signal);
  } catch (error) {
    if (!(error instanceof ApiError && REFUSED.includes(error.status))) throw error;
    const running = workloadStatus(context, collector);
    const rejection = {
      type: 'Progressing',
      status: 'False',
      reason: 'Refused',
      message: error.message,
    } as const;
    await writeStatus(context, collector, running, [VALID, readyCondition(running), rejection], {}, signal);
    throw error;
  }
}

/** Brings all objects of a collector with a valid configuration to what it asks for. */
async function writeObjects(
  context: ReconcileContext,
  collector: Collector,
  checked: Extract<Checked, { ok: true }>,
  signal: AbortSignal,
): Promise<number | undefined> {
  const needsRoles = checked.value.permissions.length > 0;
  await setFinalizer(context, collector, needsRoles, signal);
  const companions = companionsOf(collector, checked.value);
  for (const companion of companions) await context.children.ensure(keyOf(collector), companion, signal);
  const result = await rollOut(context, collector, checked, signal);
  await deleteUnneeded(
    context,
    collector,
    [...companions.map(({ kind, metadata }) => `${kind}/${metadata.name}`), ...result.kept],
    signal,
  );
  await writeStatus(context, collector, result.workload, [VALID, ...result.conditions], result.status, signal);
  return result.waitMillis;
}

async function checkOnce(
  { checked, registry }: ReconcileContext,
  collector: Collector,
  config: Collector['spec']['config'],
) {
  const { uid } = collector.metadata;
  const hash = hashOf([config, collector.spec.env]);
  const known = checked.get(uid);
  if (known?.hash === hash) return known.result;
  const result = await checkConfiguration(config, collector, registry);
  checked.set(uid, { hash, result });
  return result;
}

/** What the workload runs after a step, and what the status says of it. */
interface RollOutResult {
  readonly workload: WorkloadStatus;
  readonly conditions: readonly Condition[];
  readonly status: CollectorStatus;
  /** Objects that must not be deleted, as `kind/name`. */
  readonly kept: readonly string[];
  readonly waitMillis?: number | undefined;
}

async function rollOut(
  context: ReconcileContext,
  collector: Collector,
  checked: Extract<Checked, { ok: true }>,
  signal: AbortSignal,
): Promise<RollOutResult> {
  const { children, clock } = context;
  const desired = revisionOf(collector, checked.value, context.image);
  const running = collector.status?.revision ?? undefined;
  const mapOf = (revision: string): string => `ConfigMap/${configMapName(collector, revision)}`;
  if (collector.status?.failedRevision === desired.name && running !== undefined && running !== desired.name)
    return rollBack(context, collector, { failed: desired.name, running }, signal);
  await children.ensure(keyOf(collector), configMapOf(collector, desired), signal);
  const object = workloadOf(collector, desired.template);
  await children.ensure(keyOf(collector), object, signal);
  const workload = workloadStatus(context, collector);
  const kept = [`${object.kind}/${object.metadata.name}`, mapOf(desired.name), ...(running ? [mapOf(running)] : [])];
  const step = followRollout(collector, desired.name, workload, clock.now());
  if (step.kind === 'complete') {
    if (running !== undefined && running !== desired.name)
      await recordEvent(
        context,
        collector,
        { type: 'Normal', reason: 'RolledOut', message: `All pods run revision ${desired.name}.` },
        signal,
      );
    const progressing = { type: 'Progressing', status: 'False', reason: 'Complete', message: '' } as const;
    const status = { revision: desired.name, failedRevision: null, rollout: null };
    return {
      workload,
      conditions: [readyCondition(workload), progressing],
      status,
      kept: [`${object.kind}/${object.metadata.name}`, mapOf(desired.name)],
    };
  }
  // Pods that are missing without a change, such as after a node has failed, are no failed change.
  const isChange = running !== undefined && running !== desired.name;
  if (step.kind === 'failed' && isChange) {
    const message = `No further pod of revision ${desired.name} became ready within ${collector.spec.rollout.failAfterSeconds} s; going back to ${running}.`;
    await recordEvent(context, collector, { type: 'Warning', reason: 'RolledBack', message }, signal);
    return rollBack(context, collector, { failed: desired.name, running }, signal);
  }
  const message = `${workload.updated} of ${workload.desired} pods run revision ${desired.name}.`;
  const progressing = { type: 'Progressing', status: 'True', reason: 'PodsStarting', message } as const;
  const conditions = [readyCondition(workload), progressing];
  if (step.kind === 'failed' || running === desired.name) return { workload, conditions, status: {}, kept };
  return {
    workload,
    conditions,
    status: { rollout: step.rollout },
    kept,
    ...(isChange && { waitMillis: step.waitMillis }),
  };
}

/** Runs the pod template of the last good revision, whose config map still exists. */
async function rollBack(
  context: ReconcileContext,
  collector: Collector,
  { failed, running }: { readonly failed: string; readonly running: string },
  signal: AbortSignal,
): Promise<RollOutResult> {
  const name = configMapName(collector, running);
  const map = (await context.client.get(CHILD_TYPES.ConfigMap, name, collector.metadata.namespace, signal)) as {
    readonly data?: Readonly<Record<string, string>>;
  } & KubernetesObject;
  const template = JSON.parse(map.data?.[TEMPLATE_KEY] ?? '{}') as Readonly<Record<string, unknown>>;
  const object = workloadOf(collector, template);
  await context.children.ensure(keyOf(collector), object, signal);
  const workload = workloadStatus(context, collector);
  const message = `Revision ${failed} did not become ready; pods run ${running} until the collector is changed.`;
  const progressing = { type: 'Progressing', status: 'False', reason: 'RolledBack', message } as const;
  const status = { failedRevision: failed, rollout: null };
  const kept = [`${object.kind}/${object.metadata.name}`, `ConfigMap/${name}`];
  return { workload, conditions: [readyCondition(workload), progressing], status, kept };
}

function workloadStatus({ children }: ReconcileContext, collector: Collector): WorkloadStatus {
  const kinds = { deployment: 'Deployment', statefulset: 'StatefulSet', daemonset: 'DaemonSet' } as const;
  return children.get(keyOf(collector), kinds[collector.spec.mode], collector.metadata.name)?.status ?? NO_PODS;
}

function readyCondition({ ready, desired, isCurrent }: WorkloadStatus): Condition {
  const isReady = isCurrent && ready >= desired;
  const message = `${ready} of ${desired} pods are ready.`;
  return { type: 'Ready', status: isReady ? 'True' : 'False', reason: isReady ? 'PodsReady' : 'PodsNotReady', message };
}

/** Pods get a sidecar from the webhook, which needs a valid configuration. */
function sidecarConditions(checked: Checked): readonly Condition[] {
  const type = 'ConfigurationValid';
  const invalid = { status: 'False', reason: 'Invalid' } as const;
  if (!checked.ok)
    return [
      { type, ...invalid, message: checked.errors },
      { type: 'Ready', ...invalid, message: '' },
    ];
  const message = checked.value.permissions.length === 0 ? '' : PERMISSIONS_OF_POD;
  return [
    { type, status: 'True', reason: 'Valid', message },
    { type: 'Ready', status: 'True', reason: 'Sidecar', message: 'Pods get it when they are created.' },
  ];
}

async function deleteUnneeded(
  { children }: ReconcileContext,
  collector: Collector,
  kept: readonly string[],
  signal: AbortSignal,
) {
  for (const child of children.of(keyOf(collector)))
    if (!kept.includes(`${child.kind}/${child.name}`) && !child.isDeleted) await children.delete(child, signal);
}

async function writeStatus(
  { writer, clock, onWritten }: ReconcileContext,
  collector: Collector,
  workload: WorkloadStatus,
  conditions: readonly Condition[],
  change: CollectorStatus,
  signal: AbortSignal,
): Promise<void> {
  const { status = {}, metadata } = collector;
  const generation = metadata.generation ?? 0;
  const others = (status.conditions ?? []).filter(({ type }) =>
    conditions.every((condition) => condition.type !== type),
  );
  const current = withTimes(conditions, status.conditions ?? [], { generation, nowMillis: clock.now() });
  const selector = Object.entries(selectorLabels(collector)).map(([name, value]) => `${name}=${value}`);
  const next = {
    observedGeneration: generation,
    conditions: [...current, ...others],
    replicas: workload.replicas,
    readyReplicas: workload.ready,
    selector: selector.join(','),
    ...change,
  };
  const known = status as Readonly<Record<string, unknown>>;
  const isSame = Object.entries(next).every(([name, value]) => hashOf(known[name] ?? null) === hashOf(value));
  if (!isSame)
    onWritten((await writer.patchStatus(OPERATOR_RESOURCES.collectors, metadata, next, signal)) as Collector);
}

async function reportPipeline(
  { writer, clock }: ReconcileContext,
  { metadata, status = {} }: Pipeline,
  conflict: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const generation = metadata.generation ?? 0;
  const condition: Condition =
    conflict === undefined
      ? { type: 'Accepted', status: 'True', reason: 'Merged', message: '' }
      : { type: 'Accepted', status: 'False', reason: 'Conflict', message: conflict };
  const conditions = withTimes([condition], status.conditions ?? [], { generation, nowMillis: clock.now() });
  const next = { observedGeneration: generation, conditions };
  if (hashOf(next) !== hashOf({ observedGeneration: status.observedGeneration, conditions: status.conditions }))
    await writer.patchStatus(OPERATOR_RESOURCES.pipelines, metadata, next, signal);
}

async function setFinalizer(
  { writer }: ReconcileContext,
  { metadata }: Collector,
  isNeeded: boolean,
  signal: AbortSignal,
) {
  const { finalizers = [], resourceVersion } = metadata;
  if (!isNeeded || finalizers.includes(FINALIZER)) return;
  const patch = { metadata: { finalizers: [...finalizers, FINALIZER], resourceVersion } };
  await writer.mergePatch(OPERATOR_RESOURCES.collectors, metadata, patch, signal);
}

/** Deletes the roles of a collector that is being deleted. What it owns in its namespace, the garbage collector deletes. */
async function finalize({ children, writer, checked }: ReconcileContext, collector: Collector, signal: AbortSignal) {
  const { metadata } = collector;
  checked.delete(metadata.uid);
  if (!metadata.finalizers?.includes(FINALIZER)) return;
  const kinds: readonly ChildKind[] = ['ClusterRoleBinding', 'ClusterRole'];
  for (const child of children.of(keyOf(collector)))
    if (kinds.includes(child.kind)) await children.delete(child, signal);
  const finalizers = metadata.finalizers.filter((name) => name !== FINALIZER);
  const patch = { metadata: { finalizers, resourceVersion: metadata.resourceVersion } };
  await writer.mergePatch(OPERATOR_RESOURCES.collectors, metadata, patch, signal);
}
