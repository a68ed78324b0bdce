import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { PodInjector } from '../webhook/admission.ts';
import { type Container, containersOf, type Namespace, type Pod, withContainer } from '../webhook/pod.ts';
import { type Environment, fieldVariable, variableOf, withLast, withMissing, withValue } from './environment.ts';
import { withExporter, withVolume } from './exporter.ts';
import { isPlatform, type Language, PREFIX, resourcesOf, specOf } from './languages.ts';
import type { Instrumentation } from './model.ts';
import { ownersOf } from './owners.ts';
import {
  ATTRIBUTES,
  type AttributeSources,
  attributesOf,
  NODE_NAME,
  POD_NAME,
  POD_UID,
  serviceName,
  serviceVersion,
  writeAttributes,
} from './resource-attributes.ts';
import { type Instrumentations, type Selected, select, settingOf, unsupportedIn } from './select.ts';

/** What the injection needs. */
export interface InstrumentationContext {
  readonly client: Pick<KubernetesClient, 'get'>;
  /** Returns the objects that are known, when they are complete. */
  instrumentations(signal: AbortSignal): Promise<Instrumentations>;
}

/** Containers of sidecars, which have variables of the same names. */
const SIDECARS = ['otc-container', 'otelier-sidecar'];
const VOLUME_SIZE = '200Mi';

/** Returns the injector that instruments pods as their annotations ask for. */
export function instrumentationInjector({ client, instrumentations }: InstrumentationContext): PodInjector {
  return async (pod, namespace, signal) => {
    const unsupported = unsupportedIn(pod, namespace).map((name) => `inject-${name}: ${name} is not supported`);
    if (isInjected(pod)) return { pod, warnings: [] };
    const selected = select(pod, namespace, await lazily(pod, namespace, () => instrumentations(signal)));
    if (selected.length === 0) return { pod, warnings: unsupported };
    const owners = await ownersOf(client, pod.metadata?.ownerReferences ?? [], namespace.metadata.name, signal);
    const warnings = [...unsupported];
    let injected = pod;
    for (const one of selected) {
      const sources = { instrumentation: one.instrumentation, pod, namespace, owners };
      injected = inject(injected, one, sources, warnings);
    }
    return { pod: injected, warnings };
  };
}

/** Most pods have no annotation: they do not wait for the objects. */
async function lazily(
  pod: Pod,
  namespace: Namespace,
  read: () => Promise<Instrumentations>,
): Promise<Instrumentations> {
  const all = [pod.metadata?.annotations, namespace.metadata.annotations];
  const isAsked = all.some((annotations) =>
    Object.keys(annotations ?? {}).some((name) => name.startsWith('instrumentation.opentelemetry.io/inject-')),
  );
  return isAsked ? read() : new Map();
}

/** Reports whether a pod is instrumented already, by this operator or that of OpenTelemetry. */
function isInjected({ spec }: Pod): boolean {
  if ((spec.initContainers ?? []).some(({ name }) => name.startsWith(`${PREFIX}-`))) return true;
  return spec.containers.some(({ name, env = [] }) => {
    if (name === PREFIX) return true;
    if (SIDECARS.includes(name)) return false;
    const attributes = variableOf(env, ATTRIBUTES)?.value ?? '';
    return variableOf(env, NODE_NAME) !== undefined || attributes.includes(`k8s.pod.name=$(${POD_NAME})`);
  });
}

function inject(
  pod: Pod,
  { language, instrumentation, containers }: Selected,
  sources: AttributeSources,
  warnings: string[],
): Pod {
  const platform = language?.name === 'python' ? settingOf('otel-python-platform', pod, sources.namespace) : '';
  if (!isPlatform(platform)) {
    warnings.push(`otel-python-platform: expected glibc or musl, got ${platform}`);
    return pod;
  }
  let injected = pod;
  let first: Container | undefined;
  for (const name of containers) {
    const container = containersOf(injected).find((one) => one.name === name);
    if (container === undefined) continue;
    const reason = language && reasonAgainst(language, container, instrumentation);
    if (reason !== undefined) {
      warnings.push(reason);
      continue;
    }
    first ??= container;
    injected = withSdk(injected, withLanguage(container, language, instrumentation), sources);
  }
  if (language === undefined || first === undefined) return injected;
  return withInitContainers(injected, language, instrumentation, first, platform);
}

/** A value that comes from elsewhere cannot be appended to. */
function reasonAgainst(language: Language, { name, env = [] }: Container, instrumentation: Instrumentation) {
  const { variable } = language;
  const all = withMissing(env, specOf(language, instrumentation).env ?? []);
  if (variableOf(all, variable)?.valueFrom === undefined) return undefined;
  return `container ${name}: expected a value of ${variable} to append to, got valueFrom`;
}

function withLanguage(container: Container, language: Language | undefined, instrumentation: Instrumentation) {
  const { env = [] } = container;
  if (language === undefined) return { ...container, env: withCommon(env, instrumentation) };
  const written = withMissing(env, specOf(language, instrumentation).env ?? []);
  const own = language.early?.(written) ?? written;
  const mount = { name: `${PREFIX}-${language.name}`, mountPath: language.mountPath(container) };
  return {
    ...container,
    env: language.environment(withCommon(own, instrumentation), container, instrumentation.spec),
    volumeMounts: [...(container.volumeMounts ?? []), mount],
  };
}

/** Adds the addresses of pod and node in front, where values of other variables can refer to them. */
function withCommon(environment: Environment, { spec }: Instrumentation): Environment {
  const addresses = [fieldVariable('OTEL_NODE_IP', 'status.hostIP'), fieldVariable('OTEL_POD_IP', 'status.podIP')];
  const missing = addresses.filter(({ name }) => variableOf(environment, name) === undefined);
  return withMissing([...missing, ...environment], spec.env ?? []);
}

/** Adds the configuration of the SDK. Variables that the container has already stay as they are. */
function withSdk(pod: Pod, container: Container, sources: AttributeSources): Pod {
  const { instrumentation } = sources;
  const attributes = attributesOf(sources, container);
  const name = { name: 'OTEL_SERVICE_NAME', value: serviceName(sources, attributes, container) };
  const named = { ...container, env: withMissing(container.env ?? [], [name]) };
  const changed = withExporter({ pod, container: named }, instrumentation);
  const environment = withSampling(withAttributes(changed.container, attributes, sources), instrumentation);
  return withContainer(changed.pod, { ...changed.container, env: withLast(environment, ATTRIBUTES) });
}

function withAttributes(container: Container, attributes: Map<string, string>, sources: AttributeSources): Environment {
  let { env = [] } = container;
  const setFromField = (attribute: string, variable: string, fieldPath: string): void => {
    env = withMissing(env, [fieldVariable(variable, fieldPath)]);
    attributes.set(attribute, `$(${variable})`);
  };
  // The name may still be generated.
  setFromField('k8s.pod.name', POD_NAME, 'metadata.name');
  if (sources.instrumentation.spec.resource?.addK8sUIDAttributes === true && !attributes.has('k8s.pod.uid'))
    setFromField('k8s.pod.uid', POD_UID, 'metadata.uid');
  const version = serviceVersion(sources, container);
  if (version !== undefined && !(variableOf(env, ATTRIBUTES)?.value ?? '').includes('service.version'))
    attributes.set('service.version', version);
  if (!attributes.has('k8s.node.name')) setFromField('k8s.node.name', NODE_NAME, 'spec.nodeName');
  const added = writeAttributes(attributes);
  return withValue(env, ATTRIBUTES, (known) =>
    known === undefined ? added : `${known}${known.endsWith(',') ? '' : ','}${added}`,
  );
}

function withSampling(environment: Environment, { spec }: Instrumentation): Environment {
  const { propagators = [], sampler: { type = '', argument = '' } = {} } = spec;
  const propagated =
    propagators.length === 0
      ? environment
      : withMissing(environment, [{ name: 'OTEL_PROPAGATORS', value: propagators.join(',') }]);
  const isSet = ['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG'].some((name) => variableOf(environment, name));
  if (isSet || type === '') return propagated;
  return [
    ...propagated,
    { name: 'OTEL_TRACES_SAMPLER', value: type },
    ...(argument === '' ? [] : [{ name: 'OTEL_TRACES_SAMPLER_ARG', value: argument }]),
  ];
}

/** Adds the volume and the containers that fill it, before the first container that needs it. */
function withInitContainers(
  pod: Pod,
  language: Language,
  instrumentation: Instrumentation,
  first: Container,
  platform: string,
): Pod {
  const { spec } = instrumentation;
  const {
    image = language.image,
    volumeClaimTemplate,
    volumeLimitSize = VOLUME_SIZE,
  } = specOf(language, instrumentation);
  const name = `${PREFIX}-${language.name}`;
  const directory = `/otel-auto-instrumentation-${language.name}`;
  const securityContext = spec.initContainerSecurityContext ?? first.securityContext;
  const shared = {
    resources: resourcesOf(language, instrumentation),
    ...(securityContext !== undefined && { securityContext }),
    volumeMounts: [{ name, mountPath: directory }],
  };
  const extensions = language.name === 'java' ? (spec.java?.extensions ?? []) : [];
  const added: readonly Container[] = [
    {
      name,
      image,
      command: language.command(platform),
      ...shared,
      ...(spec.imagePullPolicy !== undefined && { imagePullPolicy: spec.imagePullPolicy }),
    },
    ...extensions.map((extension, i) => ({
      name: `${PREFIX}-extension-${i}`,
      image: extension.image,
      command: ['cp', '-r', `${extension.dir}/.`, `${directory}/extensions`],
      ...shared,
    })),
  ];
  const known = pod.spec.initContainers ?? [];
  const at = known.findIndex((container) => container.name === first.name);
  const initContainers = at < 0 ? [...known, ...added] : known.toSpliced(at, 0, ...added);
  const source =
    volumeClaimTemplate === undefined
      ? { emptyDir: { sizeLimit: volumeLimitSize } }
      : { ephemeral: { volumeClaimTemplate } };
  return withVolume({ ...pod, spec: { ...pod.spec, initContainers } }, { name, ...source });
}
