import type { Value, ValueMap } from '../../ottl/values/value.ts';

/** Names of OpenTelemetry for Datadog's, which the Collector's receiver maps as well. */
const NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    env: 'deployment.environment.name',
    service: 'service.name',
    version: 'service.version',
    container_id: 'container.id',
    container_name: 'container.name',
    image_name: 'container.image.name',
    image_tag: 'container.image.tags',
    runtime: 'container.runtime.name',
    cloud_provider: 'cloud.provider',
    region: 'cloud.region',
    zone: 'cloud.availability_zone',
    task_family: 'aws.ecs.task.family',
    task_arn: 'aws.ecs.task.arn',
    ecs_cluster_name: 'aws.ecs.cluster.arn',
    task_version: 'aws.ecs.task.revision',
    ecs_container_name: 'aws.ecs.container.arn',
    kube_container_name: 'k8s.container.name',
    kube_cluster_name: 'k8s.cluster.name',
    kube_deployment: 'k8s.deployment.name',
    kube_replica_set: 'k8s.replicaset.name',
    kube_stateful_set: 'k8s.statefulset.name',
    kube_daemon_set: 'k8s.daemonset.name',
    kube_job: 'k8s.job.name',
    kube_cronjob: 'k8s.cronjob.name',
    kube_namespace: 'k8s.namespace.name',
    pod_name: 'k8s.pod.name',
    kube_app_name: 'app.kubernetes.io/name',
    kube_app_instance: 'app.kubernetes.io/instance',
    kube_app_version: 'app.kubernetes.io/version',
    kube_app_component: 'app.kubernetes.io/component',
    kube_app_part_of: 'app.kubernetes.io/part-of',
    kube_app_managed_by: 'app.kubernetes.io/managed-by',
    'http.client_ip': 'client.address',
    'http.response.content_length': 'http.response.body.size',
    'http.status_code': 'http.response.status_code',
    'http.request.content_length': 'http.request.body.size',
    'http.referer': 'http.request.header.referer',
    'http.method': 'http.request.method',
    'http.route': 'http.route',
    'http.version': 'network.protocol.version',
    'http.server_name': 'server.address',
    'http.url': 'url.full',
    'http.useragent': 'user_agent.original',
    'aws.s3.bucket_name': 'aws.s3.bucket',
    'aws.response.request_id': 'aws.request_id',
    'aws.service': 'rpc.service',
    'aws.operation': 'rpc.method',
    'db.type': 'db.system.name',
    'db.operation': 'db.operation.name',
    'db.instance': 'db.namespace',
    'db.sql.table': 'db.collection.name',
    'db.pool.name': 'db.client.connection.pool.name',
    'db.statement': 'db.query.text',
    process_id: 'process.pid',
    'error.stacktrace': 'exception.stacktrace',
    'error.msg': 'exception.message',
  }),
);
/** Attributes whose values are lists. */
const LISTS = /^container\.image\.tags$|^http\.(request|response)\.header\./;

/** Returns the name of OpenTelemetry for a name of Datadog. */
export function attributeName(name: string): string {
  return NAMES.get(name.toLowerCase()) ?? name.replace(/^http\.(request|response)\.headers\./, 'http.$1.header.');
}

/** Tags as attributes of the resource, if OpenTelemetry has a name for them, and of the item. */
export interface TagAttributes {
  readonly resource: ValueMap;
  readonly item: ValueMap;
}

/** Converts tags such as `env:production`. A tag without a value becomes `unnamed_tag`; several values become a list. */
export function tagAttributes(tags: readonly string[], host: string): TagAttributes {
  const resource: ValueMap = new Map();
  const item: ValueMap = new Map();
  if (host !== '') resource.set('host.name', host);
  for (const tag of tags) {
    if (tag === '') continue;
    const colon = tag.indexOf(':');
    const key = colon < 0 ? `unnamed_${tag}` : tag.slice(0, colon);
    const value = colon < 0 ? tag : tag.slice(colon + 1);
    const name = attributeName(key);
    const isKnown = NAMES.has(key) || LISTS.test(name);
    add(isKnown ? resource : item, name, value);
  }
  return { resource, item };
}

function add(attributes: ValueMap, name: string, value: string): void {
  const present = attributes.get(name);
  if (Array.isArray(present)) (present as Value[]).push(value);
  else if (present !== undefined) attributes.set(name, [present, value]);
  else attributes.set(name, LISTS.test(name) ? [value] : value);
}
