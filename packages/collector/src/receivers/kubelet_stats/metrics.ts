import { metric, type ScrapedMetric } from '../scraping/reading.ts';

/** What metrics are of, and what their names start with. */
const SUBJECTS = {
  node: { prefix: 'k8s.node', of: 'the node' },
  pod: { prefix: 'k8s.pod', of: 'the pod' },
  container: { prefix: 'container', of: 'the container' },
  systemContainer: { prefix: 'k8s.node.system_container', of: 'the system container' },
} as const;

type Subject = (typeof SUBJECTS)[keyof typeof SUBJECTS];
type Metrics = Readonly<Record<string, ScrapedMetric>>;

/** The metrics of the receiver, with the names and units of the Collector. */
export const KUBELET_METRICS: Metrics = {
  ...usage(SUBJECTS.node),
  ...filesystem(SUBJECTS.node),
  ...network(SUBJECTS.node),
  'k8s.node.filesystem.inode.count': metric('sum', 'int', '{inode}', false, 'Inodes of the file system.'),
  'k8s.node.filesystem.inode.free': metric('sum', 'int', '{inode}', false, 'Inodes that are not used.'),
  'k8s.node.uptime': uptime(SUBJECTS.node),
  ...systemContainers(SUBJECTS.systemContainer),
  ...usage(SUBJECTS.pod),
  ...filesystem(SUBJECTS.pod),
  ...network(SUBJECTS.pod),
  ...utilization('k8s.pod', 'the pod'),
  'k8s.pod.uptime': uptime(SUBJECTS.pod),
  'k8s.pod.volume.usage': metric('sum', 'int', 'By', false, 'Bytes used in the volume.'),
  ...usage(SUBJECTS.container),
  ...filesystem(SUBJECTS.container),
  ...utilization('k8s.container', 'the container'),
  'container.uptime': uptime(SUBJECTS.container),
  'k8s.container.ephemeral_storage.usage': metric(
    'sum',
    'int',
    'By',
    false,
    'Bytes of the root file system and of logs of the container.',
  ),
  'k8s.volume.available': metric('gauge', 'int', 'By', true, 'Bytes that the volume has left.'),
  'k8s.volume.capacity': metric('gauge', 'int', 'By', true, 'Bytes of the volume.'),
  'k8s.volume.inodes': metric('gauge', 'int', '1', true, 'Inodes of the volume.'),
  'k8s.volume.inodes.free': metric('gauge', 'int', '1', true, 'Inodes that the volume has left.'),
  'k8s.volume.inodes.used': metric('gauge', 'int', '1', true, 'Inodes used in the volume.'),
};

/** Attributes of resources, and whether they have them by default. */
export const KUBELET_ATTRIBUTES: Readonly<Record<string, boolean>> = {
  'aws.volume.id': false,
  'container.id': true,
  'fs.type': false,
  'gce.pd.name': false,
  'glusterfs.endpoints.name': false,
  'glusterfs.path': false,
  'k8s.container.name': true,
  'k8s.namespace.name': true,
  'k8s.node.name': true,
  'k8s.node.system_container.name': true,
  'k8s.persistentvolumeclaim.name': true,
  'k8s.pod.name': true,
  'k8s.pod.uid': true,
  'k8s.volume.name': true,
  'k8s.volume.type': true,
  partition: false,
};

function usage({ prefix, of }: Subject): Metrics {
  const bytes = (what: string) => metric('gauge', 'int', 'By', true, `${what} of ${of}.`);
  return {
    [`${prefix}.cpu.time`]: metric('counter', 'double', 's', true, `CPU time of ${of}.`),
    [`${prefix}.cpu.usage`]: metric('gauge', 'double', '{cpu}', true, `CPUs that ${of} uses.`),
    [`${prefix}.memory.available`]: bytes('Available memory'),
    [`${prefix}.memory.usage`]: bytes('Memory usage'),
    [`${prefix}.memory.rss`]: bytes('Resident memory'),
    [`${prefix}.memory.working_set`]: bytes('Working set'),
    [`${prefix}.memory.page_faults`]: metric('gauge', 'int', '1', true, `Page faults of ${of}.`),
    [`${prefix}.memory.major_page_faults`]: metric('gauge', 'int', '1', true, `Major page faults of ${of}.`),
  };
}

function systemContainers({ prefix, of }: Subject): Metrics {
  return {
    [`${prefix}.cpu.time`]: metric('counter', 'double', 's', false, `CPU time of ${of}.`),
    [`${prefix}.cpu.usage`]: metric('gauge', 'double', '{cpu}', false, `CPUs that ${of} uses.`),
    [`${prefix}.memory.usage`]: metric('gauge', 'int', 'By', false, `Memory usage of ${of}.`),
    [`${prefix}.memory.working_set`]: metric('gauge', 'int', 'By', false, `Working set of ${of}.`),
  };
}

function filesystem({ prefix, of }: Subject): Metrics {
  return {
    [`${prefix}.filesystem.available`]: metric('gauge', 'int', 'By', true, `Bytes that ${of} has left.`),
    [`${prefix}.filesystem.capacity`]: metric('gauge', 'int', 'By', true, `Bytes of the file system of ${of}.`),
    [`${prefix}.filesystem.usage`]: metric('gauge', 'int', 'By', true, `Bytes that ${of} uses.`),
  };
}

function network({ prefix, of }: Subject): Metrics {
  return {
    [`${prefix}.network.io`]: metric('counter', 'int', 'By', true, `Bytes received and sent by ${of}.`),
    [`${prefix}.network.errors`]: metric('counter', 'int', '1', true, `Network errors of ${of}.`),
  };
}

function uptime({ of }: Subject): ScrapedMetric {
  return metric('counter', 'int', 's', false, `Time since the start of ${of}.`);
}

function utilization(prefix: string, of: string): Metrics {
  const share = (what: string) => metric('gauge', 'double', '1', false, `Share of ${what} that ${of} uses.`);
  return Object.fromEntries(
    ['cpu', 'memory'].flatMap((what) => [
      [`${prefix}.${what}.node.utilization`, share(`the capacity of the node (${what})`)],
      [`${prefix}.${what}_limit_utilization`, share(`its limit (${what})`)],
      [`${prefix}.${what}_request_utilization`, share(`its request (${what})`)],
    ]),
  );
}
