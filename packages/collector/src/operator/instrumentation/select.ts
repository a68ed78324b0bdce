import { annotationOf, containersOf, isText, type Namespace, type Pod } from '../webhook/pod.ts';
import { LANGUAGES, type Language, UNSUPPORTED } from './languages.ts';
import type { Instrumentation } from './model.ts';

/** What a pod asks for. */
export interface Selected {
  /** `undefined`: only the configuration of the SDK. */
  readonly language: Language | undefined;
  readonly instrumentation: Instrumentation;
  /** Containers by name, those that run before the others first. */
  readonly containers: readonly string[];
}

/** Objects by `namespace/name`. */
export type Instrumentations = ReadonlyMap<string, Instrumentation>;

const ANNOTATION = 'instrumentation.opentelemetry.io/';
const NAMES = /^[a-zA-Z0-9-,]+$/;

/** Returns a value of an annotation of instrumentations. */
export function settingOf(name: string, pod: Pod, namespace: Namespace): string {
  return annotationOf(ANNOTATION + name, pod, namespace);
}

/** Returns what the annotations of a pod and its namespace ask for. Throws with what they should have. */
export function select(pod: Pod, namespace: Namespace, known: Instrumentations): readonly Selected[] {
  const wanted = [...LANGUAGES, undefined].flatMap((language) => {
    const name = `inject-${language?.name ?? 'sdk'}`;
    const value = settingOf(name, pod, namespace);
    if (value === '' || isText(value, 'false')) return [];
    return [{ language, instrumentation: instrumentationOf(value, name, namespace.metadata.name, known) }];
  });
  if (wanted.length === 0) return [];
  const common = namesIn('container-names', pod, namespace);
  const selected = wanted.map(({ language, instrumentation }) => {
    const annotation = `${language?.name ?? 'sdk'}-container-names`;
    const names = [...common, ...namesIn(annotation, pod, namespace)];
    const repeated = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
    if (repeated !== undefined) throw new Error(`${ANNOTATION}${annotation}: expected ${repeated} once`);
    return { language, instrumentation, names };
  });
  if (selected.length > 1 && selected.some(({ names }) => names.length === 0))
    throw new Error(
      `${ANNOTATION}container-names: expected the containers of each language, because there are several`,
    );
  return selected.map(({ names, ...rest }) => ({ ...rest, containers: containersIn(pod, names) }));
}

/** Returns the languages that a pod asks for and that are not supported. */
export function unsupportedIn(pod: Pod, namespace: Namespace): readonly string[] {
  return UNSUPPORTED.filter((name) => {
    const value = settingOf(`inject-${name}`, pod, namespace);
    return value !== '' && !isText(value, 'false');
  });
}

function instrumentationOf(value: string, annotation: string, namespace: string, known: Instrumentations) {
  const at = `${ANNOTATION}${annotation}`;
  if (!isText(value, 'true')) {
    const key = value.includes('/') ? value : `${namespace}/${value}`;
    const named = known.get(key);
    if (named === undefined)
      throw new Error(`${at}: expected an Instrumentation that exists, got ${key.slice(0, 512)}`);
    return named;
  }
  const own = [...known.values()].filter(({ metadata }) => metadata.namespace === namespace);
  const [only] = own;
  if (only === undefined || own.length > 1)
    throw new Error(`${at}: expected one Instrumentation in the namespace ${namespace}, got ${own.length}; name one`);
  return only;
}

function namesIn(annotation: string, pod: Pod, namespace: Namespace): readonly string[] {
  const value = settingOf(annotation, pod, namespace);
  if (value === '') return [];
  if (!NAMES.test(value)) throw new Error(`${ANNOTATION}${annotation}: expected names of containers, got ${value}`);
  return value.split(',');
}

/** Returns the named containers, in their order in the pod for those that run before the others; by default the first one. */
function containersIn(pod: Pod, names: readonly string[]): readonly string[] {
  const [first] = pod.spec.containers;
  if (names.length === 0) return first === undefined ? [] : [first.name];
  const initial = (pod.spec.initContainers ?? []).map(({ name }) => name).filter((name) => names.includes(name));
  const exists = new Set(containersOf(pod).map(({ name }) => name));
  return [...initial, ...names.filter((name) => exists.has(name) && !initial.includes(name))];
}
