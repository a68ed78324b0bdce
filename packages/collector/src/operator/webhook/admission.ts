import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { RESOURCES } from '../../kubernetes/resource.ts';
import { patchOf } from './json-patch.ts';
import type { Namespace, Pod } from './pod.ts';

/** The request of an API server (admission.k8s.io/v1). */
export interface AdmissionRequest {
  readonly uid: string;
  readonly namespace: string;
  readonly operation: string;
  readonly resource: string;
  readonly dryRun: boolean;
  readonly object: unknown;
}

/** The response to an API server. Pods are always allowed. */
export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: true;
  readonly patchType?: 'JSONPatch';
  /** A JSON patch in base64. */
  readonly patch?: string;
  readonly warnings?: readonly string[];
}

/** A pod after an injector, and why something was not injected. */
export interface Injected {
  readonly pod: Pod;
  readonly warnings: readonly string[];
}

/** Adds something to a pod, if its annotations or those of its namespace ask for it. A pod that has it stays as it is. */
export type PodInjector = (pod: Pod, namespace: Namespace, signal: AbortSignal) => Promise<Injected>;

/** What handling requests needs. */
export interface AdmissionContext {
  readonly client: Pick<KubernetesClient, 'get'>;
  readonly logger: Pick<Logger, 'debug'>;
  readonly injectors: readonly PodInjector[];
  /** Reports why something was not injected. Is not called for requests that change nothing. */
  onWarnings(request: AdmissionRequest, warnings: readonly string[]): void;
  readonly stats: AdmissionStats;
}

/** Counters of requests. */
export interface AdmissionStats {
  /** Pods that were changed. */
  injected: number;
  /** Pods that needed no change. */
  unchanged: number;
  /** Pods for which something was not injected, for a reason that the response names. */
  warned: number;
  /** Requests that were no reviews of pods. */
  refused: number;
}

/** Parses the body of a request. Throws with what was expected. */
export function parseReview(text: string): AdmissionRequest {
  const review = JSON.parse(text) as unknown;
  const { apiVersion, kind, request } = fieldsOf(review);
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview')
    throw new Error('expected an AdmissionReview of admission.k8s.io/v1');
  const { uid, namespace = '', operation, resource, dryRun, object } = fieldsOf(request);
  if (typeof uid !== 'string' || uid === '' || uid.length > 256) throw new Error('request.uid: expected a text');
  if (typeof namespace !== 'string') throw new Error('request.namespace: expected a text');
  const { group, resource: name } = fieldsOf(resource);
  const isPod = group === '' && name === 'pods' && fieldsOf(resource)['version'] === 'v1';
  return {
    uid,
    namespace,
    operation: String(operation),
    resource: isPod ? 'pods' : 'others',
    dryRun: dryRun === true,
    object,
  };
}

/** Returns the response to a request, which allows the pod whatever happens. */
export async function review(
  { client, logger, injectors, onWarnings, stats }: AdmissionContext,
  request: AdmissionRequest,
  signal: AbortSignal,
): Promise<AdmissionResponse> {
  const { uid, operation, resource } = request;
  if (resource !== 'pods' || operation !== 'CREATE') {
    stats.unchanged += 1;
    return { uid, allowed: true };
  }
  const warnings: string[] = [];
  let pod: Pod | undefined;
  try {
    pod = podOf(request.object);
    const namespace = await namespaceOf(client, request.namespace, signal);
    for (const inject of injectors) {
      const injected = await inject(pod, namespace, signal);
      pod = injected.pod;
      warnings.push(...injected.warnings);
    }
  } catch (error) {
    // Half of the injections would be worse than none.
    pod = undefined;
    warnings.push(errorMessage(error));
  }
  if (warnings.length > 0) {
    stats.warned += 1;
    logger.debug({ namespace: request.namespace, warnings }, 'not injected');
    onWarnings(request, warnings);
  }
  const patch = pod === undefined ? [] : patchOf(request.object, pod);
  if (patch.length > 0) stats.injected += 1;
  else if (warnings.length === 0) stats.unchanged += 1;
  return {
    uid,
    allowed: true,
    ...(patch.length > 0 && {
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    }),
    ...(warnings.length > 0 && { warnings: warnings.map((warning) => `otelier: ${warning}`.slice(0, 256)) }),
  };
}

async function namespaceOf(client: AdmissionContext['client'], name: string, signal: AbortSignal): Promise<Namespace> {
  try {
    return await client.get(RESOURCES.namespaces, name, undefined, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { metadata: { name, uid: '' } };
    throw error;
  }
}

/** Checks the fields that injectors read. The API server checks all of them only after webhooks. */
function podOf(object: unknown): Pod {
  const { metadata, spec } = fieldsOf(object);
  const { containers, initContainers, volumes } = fieldsOf(spec);
  const { labels, annotations, ownerReferences } = fieldsOf(metadata);
  checkTexts('metadata.labels', labels);
  checkTexts('metadata.annotations', annotations);
  checkItems('metadata.ownerReferences', ownerReferences, ['kind', 'name', 'uid']);
  if (!Array.isArray(containers)) throw new Error('spec.containers: expected a list');
  checkItems('spec.volumes', volumes, ['name']);
  for (const [path, list] of Object.entries({ 'spec.containers': containers, 'spec.initContainers': initContainers })) {
    for (const container of checkItems(path, list, ['name'])) {
      const { env, volumeMounts, image } = container;
      for (const { value } of checkItems(`${path}.env`, env, ['name'])) checkText(`${path}.env.value`, value ?? '');
      checkItems(`${path}.volumeMounts`, volumeMounts, ['name', 'mountPath']);
      checkText(`${path}.image`, image ?? '');
    }
  }
  return object as Pod;
}

function checkItems(path: string, list: unknown, texts: readonly string[]): readonly Record<string, unknown>[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new Error(`${path}: expected a list`);
  return list.map((item) => {
    const fields = fieldsOf(item);
    for (const name of texts) checkText(`${path}.${name}`, fields[name]);
    return fields;
  });
}

function checkTexts(path: string, value: unknown): void {
  for (const text of Object.values(fieldsOf(value))) checkText(path, text);
}

function checkText(path: string, value: unknown): void {
  if (typeof value !== 'string') throw new Error(`${path}: expected a text`);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error('expected an object');
  return value as Record<string, unknown>;
}
