/** Attribute of a resource that lists the attributes which are labels of its streams, separated by commas. */
export const STREAM_LABELS_HINT = 'loki.resource.labels';
/** The label with the name of the service, which every stream has. */
export const SERVICE_LABEL = 'service_name';
export const UNKNOWN_SERVICE = 'unknown_service';
/** The structured metadata with the level of an entry. */
export const LEVEL_LABEL = 'detected_level';

/** The resource attributes that are labels of streams by default, as Loki documents for OTLP. */
export const INDEX_ATTRIBUTES: readonly string[] = [
  ...['cloud.availability_zone', 'cloud.region', 'container.name', 'deployment.environment'],
  ...['deployment.environment.name', 'k8s.cluster.name', 'k8s.container.name', 'k8s.cronjob.name'],
  ...['k8s.daemonset.name', 'k8s.deployment.name', 'k8s.job.name', 'k8s.namespace.name', 'k8s.pod.name'],
  ...['k8s.replicaset.name', 'k8s.statefulset.name', 'service.instance.id', 'service.name', 'service.namespace'],
];

/** Returns the name of a label for an attribute: characters that labels cannot have become `_`. */
export function labelName(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = key.replace(/[^a-zA-Z0-9_]/gu, '_');
  const safe = /^\d/.test(name) ? `key_${name}` : name;
  if (names.size < MAX_NAMES) names.set(key, safe);
  return safe;
}

const names = new Map<string, string>();
const MAX_NAMES = 10_000;

/** The attributes that are labels of streams, by the name of their label. */
export const INDEX_LABELS: ReadonlyMap<string, string> = new Map(INDEX_ATTRIBUTES.map((key) => [labelName(key), key]));
