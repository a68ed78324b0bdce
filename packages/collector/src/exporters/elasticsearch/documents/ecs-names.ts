/** The name of an attribute in the Elastic Common Schema: another one, one beside it, or none. */
export type Conversion = string | 'skip' | { readonly to: string };

type Conversions = ReadonlyMap<string, Conversion>;

function conversions(names: Readonly<Record<string, Conversion>>): Conversions {
  return new Map(Object.entries(names));
}

/** Names of attributes in the schema, by where they are. */
export const ATTRIBUTES = {
  resource: conversions({
    'service.instance.id': 'service.node.name',
    'deployment.environment': 'service.environment',
    'deployment.environment.name': 'service.environment',
    'telemetry.sdk.name': 'skip',
    'telemetry.sdk.language': 'service.language.name',
    'telemetry.sdk.version': 'service.language.version',
    'telemetry.distro.name': 'skip',
    'telemetry.distro.version': 'skip',
    'cloud.platform': 'cloud.service.name',
    'container.image.tags': 'container.image.tag',
    'host.name': { to: 'host.hostname' },
    'host.arch': 'host.architecture',
    'process.parent_pid': 'process.parent.pid',
    'process.executable.name': 'process.title',
    'process.executable.path': 'process.executable',
    'process.command_line': 'process.args',
    'process.runtime.name': 'service.runtime.name',
    'process.runtime.version': 'service.runtime.version',
    'os.name': 'host.os.name',
    'os.type': 'host.os.platform',
    'os.description': 'host.os.full',
    'os.version': 'host.os.version',
    'client.address': 'client.ip',
    'source.address': 'source.ip',
    'k8s.deployment.name': 'kubernetes.deployment.name',
    'k8s.namespace.name': 'kubernetes.namespace',
    'k8s.node.name': 'kubernetes.node.name',
    'k8s.pod.name': 'kubernetes.pod.name',
    'k8s.pod.uid': 'kubernetes.pod.uid',
    'k8s.job.name': 'kubernetes.job.name',
    'k8s.cronjob.name': 'kubernetes.cronjob.name',
    'k8s.statefulset.name': 'kubernetes.statefulset.name',
    'k8s.replicaset.name': 'kubernetes.replicaset.name',
    'k8s.daemonset.name': 'kubernetes.daemonset.name',
    'k8s.container.name': 'kubernetes.container.name',
    'k8s.cluster.name': 'orchestrator.cluster.name',
    'faas.instance': 'faas.id',
    'faas.trigger': 'faas.trigger.type',
  }),
  log: conversions({
    'event.name': 'event.action',
    'exception.message': 'error.message',
    'exception.stacktrace': 'error.stacktrace',
    'exception.type': 'error.type',
    'exception.escaped': 'event.error.exception.handled',
    'http.response.body.size': 'http.response.encoded_body_size',
  }),
  span: conversions({
    'db.system': 'span.db.type',
    'db.namespace': 'span.db.instance',
    'db.query.text': 'span.db.statement',
    'http.response.body.size': 'http.response.encoded_body_size',
  }),
  spanEvent: conversions({
    'exception.type': 'error.exception.type',
    'exception.message': 'error.exception.message',
    'exception.stacktrace': 'error.stack_trace',
    'exception.escaped': 'skip',
    'data_stream.type': 'skip',
    'data_stream.dataset': 'skip',
    'data_stream.namespace': 'skip',
    'error.grouping_name': 'skip',
  }),
} as const;

/** Returns the names in the schema to which attributes are converted. */
export function namesOf(...all: readonly Conversions[]): ReadonlySet<string> {
  const values = all.flatMap((each) => [...each.values()]);
  return new Set(
    values.filter((value) => value !== 'skip').map((value) => (typeof value === 'string' ? value : value.to)),
  );
}
