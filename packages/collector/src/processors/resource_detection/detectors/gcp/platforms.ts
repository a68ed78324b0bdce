import { type Attributes, type DetectionContext, MetadataUnavailable } from '../../detector.ts';
import type { MetadataServer } from './metadata-server.ts';

/** Retrieves one or more attributes. */
export type Source = () => Promise<Attributes>;

/** A Google Cloud platform: the sources of its attributes, each of which may be unavailable. */
export interface Platform {
  readonly name: 'gke' | 'gce' | 'other';
  readonly attributes: Attributes;
  readonly sources: readonly Source[];
}

/** Returns the platform that the process runs on. */
export async function detectPlatform(
  { environment }: DetectionContext,
  server: MetadataServer,
  signal: AbortSignal,
): Promise<Platform> {
  const get = (path: string): Promise<string> => server.get(path, signal);
  const has = (name: string): boolean => environment[name] !== undefined;
  const fromEnvironment = (key: string, ...names: readonly string[]): Source => {
    const value = names.map((name) => environment[name]).find((found) => found !== undefined);
    return async () => {
      if (value === undefined) throw new MetadataUnavailable(`expected the environment variable ${names[0]}, got none`);
      return { [key]: value };
    };
  };
  const from = (key: string, path: string, convert = (text: string) => text): Source => {
    return async () => ({ [key]: convert(await get(path)) });
  };
  const zone = async (): Promise<string> => lastSegment(await get('instance/zone'));
  const zoneAndRegion: Source = async () => zoneAttributes(await zone());
  const instanceId = (key: string): Source => from(key, 'instance/id', trim);
  const region = from('cloud.region', 'instance/region', lastSegment);
  const platform = (name: Platform['name'], value: string, sources: readonly Source[]): Platform => ({
    name,
    attributes: { 'cloud.platform': value },
    sources,
  });

  if (has('KUBERNETES_SERVICE_HOST')) {
    const location = await get('instance/attributes/cluster-location').catch(() => undefined);
    if (location !== undefined)
      return platform('gke', 'gcp_kubernetes_engine', [
        async () => clusterLocation(location.trim()),
        from('k8s.cluster.name', 'instance/attributes/cluster-name', trim),
        instanceId('host.id'),
      ]);
  }
  const service = [
    fromEnvironment('faas.name', 'K_SERVICE', 'CLOUD_RUN_JOB', 'CLOUD_RUN_WORKER_POOL'),
    fromEnvironment('faas.version', 'CLOUD_RUN_REVISION', 'K_REVISION'),
    instanceId('faas.instance'),
    region,
  ];
  if (has('FUNCTION_TARGET')) return platform('other', 'gcp_cloud_functions', service);
  if (has('K_CONFIGURATION')) return platform('other', 'gcp_cloud_run', service);
  if (has('CLOUD_RUN_JOB'))
    return platform('other', 'gcp_cloud_run', [
      fromEnvironment('faas.name', 'K_SERVICE', 'CLOUD_RUN_JOB', 'CLOUD_RUN_WORKER_POOL'),
      region,
      instanceId('faas.instance'),
      fromEnvironment('gcp.cloud_run.job.execution', 'CLOUD_RUN_EXECUTION'),
      fromEnvironment('gcp.cloud_run.job.task_index', 'CLOUD_RUN_TASK_INDEX'),
    ]);
  if (has('CLOUD_RUN_WORKER_POOL')) return platform('other', 'gcp_cloud_run', service);
  const appEngine = [
    fromEnvironment('faas.name', 'GAE_SERVICE'),
    fromEnvironment('faas.version', 'GAE_VERSION'),
    fromEnvironment('faas.instance', 'GAE_INSTANCE'),
  ];
  if (environment['GAE_ENV'] === 'standard')
    return platform('other', 'gcp_app_engine', [
      ...appEngine,
      async () => ({ 'cloud.availability_zone': await zone() }),
      region,
    ]);
  if (has('GAE_SERVICE')) return platform('other', 'gcp_app_engine', [zoneAndRegion, ...appEngine]);
  const machineType = await get('instance/machine-type').catch(() => undefined);
  if (machineType === undefined) return { name: 'other', attributes: {}, sources: [] };
  return platform('gce', 'gcp_compute_engine', [
    zoneAndRegion,
    async () => ({ 'host.type': machineType }),
    instanceId('host.id'),
    from('host.name', 'instance/name', trim),
    from('gcp.gce.instance.hostname', 'instance/hostname', trim),
    from('gcp.gce.instance.name', 'instance/name', trim),
    async () => instanceGroup(await get('instance/attributes/created-by').catch(() => '')),
  ]);
}

/** Returns the part after the last slash of a resource name such as `projects/1/zones/us-central1-a`. */
export function lastSegment(name: string): string {
  return name.trim().replace(/\/+$/, '').split('/').at(-1) ?? '';
}

function trim(text: string): string {
  return text.trim();
}

function zoneAttributes(zone: string): Attributes {
  const parts = zone.split('-');
  if (parts.length < 3) throw new MetadataUnavailable(`expected a zone such as us-central1-a, got "${zone}"`);
  return { 'cloud.availability_zone': zone, 'cloud.region': parts.slice(0, 2).join('-') };
}

/** Returns the location attributes of a cluster, which is either in a zone or in an entire region. */
function clusterLocation(location: string): Attributes {
  const dashes = location.split('-').length - 1;
  if (dashes === 1) return { 'cloud.region': location };
  if (dashes === 2) return { 'cloud.availability_zone': location };
  throw new MetadataUnavailable(`expected a zone or region of the cluster, got "${location}"`);
}

function instanceGroup(createdBy: string): Attributes {
  const found = /^projects\/[^/]+\/(zones|regions)\/([^/]+)\/instanceGroupManagers\/([^/]+)$/.exec(createdBy);
  if (found === null) return {};
  const [, kind, location, name] = found;
  return {
    'gcp.gce.instance_group_manager.name': name,
    [`gcp.gce.instance_group_manager.${kind === 'zones' ? 'zone' : 'region'}`]: location,
  };
}
