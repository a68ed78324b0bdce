import { errorMessage } from '../../component/error-message.ts';
import type { Registry } from '../../config/registry.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { checkConfiguration } from '../collector/check-configuration.ts';
import { mergePipelines } from '../collector/merge-pipelines.ts';
import { type Collector, isSidecar, type Pipeline } from '../collector/model.ts';
import { hashOf } from '../core/content.ts';
import { withVolume } from '../instrumentation/exporter.ts';
import { ownersOf } from '../instrumentation/owners.ts';
import type { PodInjector } from './admission.ts';
import { annotationOf, containersOf, isText, type Pod } from './pod.ts';
import { SIDECAR, sidecarContainer, sidecarVolumes } from './sidecar-container.ts';

/** Objects that sidecars are made of, by `namespace/name`. */
export interface SidecarObjects {
  readonly collectors: ReadonlyMap<string, Collector>;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
}

/** What the injection of sidecars needs. */
export interface SidecarContext {
  readonly client: Pick<KubernetesClient, 'get'>;
  readonly registry: Registry;
  /** Image of collectors that name none. */
  readonly image: string;
  /** Returns the objects that are known, when they are complete. */
  objects(signal: AbortSignal): Promise<SidecarObjects>;
}

const ANNOTATION = 'sidecar.opentelemetry.io/inject';
const LABEL = 'sidecar.opentelemetry.io/injected';
/** Container of the OpenTelemetry operator. */
const OTHER_SIDECAR = 'otc-container';

/** Returns the injector that adds a collector to pods as their annotation asks for. */
export function sidecarInjector({ client, registry, image, objects }: SidecarContext): PodInjector {
  /** Checked configurations by UID of the collector, with the hash of what was checked. */
  const known = new Map<string, { readonly hash: string; readonly text: string }>();
  const textOf = async (collector: Collector, pipelines: readonly Pipeline[]): Promise<string> => {
    const { config } = mergePipelines(collector, pipelines);
    const hash = hashOf([config, collector.spec.env]);
    const last = known.get(collector.metadata.uid);
    if (last?.hash === hash) return last.text;
    const checked = await checkConfiguration(config, collector, registry);
    if (!checked.ok) throw new Error(`the configuration of ${keyOf(collector)} is not valid: ${checked.errors}`);
    known.set(collector.metadata.uid, { hash, text: checked.value.text });
    return checked.value.text;
  };
  return async (pod, namespace, signal) => {
    const value = annotationOf(ANNOTATION, pod, namespace);
    const isPresent = containersOf(pod).some(({ name }) => name === SIDECAR || name === OTHER_SIDECAR);
    if (value === '' || isText(value, 'false') || isPresent) return { pod, warnings: [] };
    const { name } = namespace.metadata;
    try {
      const { collectors, pipelines } = await objects(signal);
      for (const uid of known.keys())
        if (![...collectors.values()].some(({ metadata }) => metadata.uid === uid)) known.delete(uid);
      const collector = collectorOf(value, name, collectors);
      const own = [...pipelines.values()].filter(({ metadata, spec }) =>
        spec.collectors.some((each) => `${metadata.namespace}/${each}` === keyOf(collector)),
      );
      const text = await textOf(collector, own);
      const owners = await ownersOf(client, pod.metadata?.ownerReferences ?? [], name, signal);
      const container = sidecarContainer({ collector, text, image, namespace: name, owners });
      return { pod: withSidecar(pod, collector, container), warnings: [] };
    } catch (error) {
      // The application can still be instrumented.
      return { pod, warnings: [`${ANNOTATION}: ${errorMessage(error)}`] };
    }
  };
}

function keyOf({ metadata }: Collector): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function collectorOf(value: string, namespace: string, collectors: ReadonlyMap<string, Collector>): Collector {
  if (!isText(value, 'true')) {
    const key = value.includes('/') ? value : `${namespace}/${value}`;
    const named = collectors.get(key);
    if (named === undefined || !isSidecar(named))
      throw new Error(`expected a Collector in mode sidecar, got ${key.slice(0, 512)}`);
    return named;
  }
  const own = [...collectors.values()].filter((one) => isSidecar(one) && one.metadata.namespace === namespace);
  const [only] = own;
  if (only === undefined || own.length > 1)
    throw new Error(
      `expected one Collector in mode sidecar in the namespace ${namespace}, got ${own.length}; name one`,
    );
  return only;
}

function withSidecar(pod: Pod, collector: Collector, container: ReturnType<typeof sidecarContainer>): Pod {
  const { name, namespace } = collector.metadata;
  const label = `${namespace}.${name}`.slice(-63).replace(/^[^A-Za-z0-9]+/, '');
  const secrets = (pod.spec['imagePullSecrets'] ?? []) as readonly { readonly name?: string }[];
  const added = ((collector.spec.imagePullSecrets ?? []) as typeof secrets).filter(
    (one) => !secrets.some((secret) => secret.name === one.name),
  );
  const extended: Pod = {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, [LABEL]: label } },
    spec: {
      ...pod.spec,
      ...(added.length > 0 && { imagePullSecrets: [...secrets, ...added] }),
      initContainers: [...(pod.spec.initContainers ?? []), container],
    },
  };
  return sidecarVolumes(collector).reduce(withVolume, extended);
}
