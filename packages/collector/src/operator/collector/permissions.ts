import type { ServiceConfig } from '../../config/model.ts';

/** A rule of a role. */
export interface PermissionRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const READ = ['get', 'list', 'watch'];
const APPS = {
  apiGroups: ['apps'],
  resources: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  verbs: READ,
};
const BATCH = { apiGroups: ['batch'], resources: ['cronjobs', 'jobs'], verbs: READ };

/** Rules by component type. */
const BY_TYPE: Readonly<Record<string, readonly PermissionRule[]>> = {
  k8s_attributes: [{ apiGroups: [''], resources: ['namespaces', 'nodes', 'pods'], verbs: READ }, APPS, BATCH],
  k8s_cluster: [
    {
      apiGroups: [''],
      resources: ['namespaces', 'nodes', 'pods', 'replicationcontrollers', 'resourcequotas', 'services'],
      verbs: READ,
    },
    APPS,
    BATCH,
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: READ },
  ],
  k8s_events: [{ apiGroups: [''], resources: ['events'], verbs: READ }],
  k8s_observer: [
    { apiGroups: [''], resources: ['nodes', 'pods', 'services'], verbs: READ },
    { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: READ },
  ],
  target_allocator: [{ apiGroups: [''], resources: ['pods'], verbs: READ }],
  kubelet_stats: [{ apiGroups: [''], resources: ['nodes/stats'], verbs: ['get'] }],
};

const DISCOVERY: readonly PermissionRule[] = [
  { apiGroups: [''], resources: ['nodes', 'pods', 'services'], verbs: READ },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: READ },
];

/** Rules of an allocator that reads monitors, beside those of discovery. */
const MONITORS: readonly PermissionRule[] = [
  { apiGroups: ['monitoring.coreos.com'], resources: ['podmonitors', 'servicemonitors'], verbs: READ },
  { apiGroups: [''], resources: ['namespaces'], verbs: READ },
];

/** Returns the rules that the components of a configuration need to read from the API server. */
export function permissionsOf(config: ServiceConfig): readonly PermissionRule[] {
  const sections = [config.receivers, config.processors, config.exporters, config.extensions];
  const components = sections.flatMap((section) => [...section.values()]);
  const rules = components.flatMap(({ type }) => BY_TYPE[type] ?? []);
  const monitors = components.some(({ type, config }) => type === 'target_allocator' && readsMonitors(config));
  const discovers = components.some(({ config }) => /"kubernetes(SdC|_sd_c)onfigs":\[\{/.test(JSON.stringify(config)));
  const further = [...(monitors ? MONITORS : []), ...(monitors || discovers ? DISCOVERY : [])];
  const unique = new Map([...rules, ...further].map((rule) => [JSON.stringify(rule), rule]));
  return [...unique.values()];
}

function readsMonitors(config: unknown): boolean {
  const { prometheusCr } = config as { readonly prometheusCr?: { readonly enabled?: boolean } };
  return prometheusCr?.enabled === true;
}
