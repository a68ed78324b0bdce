import { errorMessage } from '../../../../component/error-message.ts';
import { compilePatterns, patternsField } from '../../../../component/pattern.ts';
import { z } from '../../../../component/schema.ts';
import { type Attributes, defineDetector, endpointField } from '../../detector.ts';
import { fetchJson } from '../../metadata.ts';
import { createMetadataServer, type MetadataServer } from './metadata-server.ts';
import { detectPlatform, lastSegment, type Source } from './platforms.ts';

export const gcp = defineDetector({
  attributes: {
    'cloud.account.id': true,
    'cloud.availability_zone': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.region': true,
    'faas.instance': true,
    'faas.name': true,
    'faas.version': true,
    'gcp.cloud_run.job.execution': true,
    'gcp.cloud_run.job.task_index': true,
    'gcp.gce.instance.hostname': false,
    'gcp.gce.instance.name': false,
    'gcp.gce.instance_group_manager.name': true,
    'gcp.gce.instance_group_manager.region': true,
    'gcp.gce.instance_group_manager.zone': true,
    'host.id': true,
    'host.name': true,
    'host.type': true,
    'k8s.cluster.name': true,
  },
  options: {
    labels: patternsField('Regular expressions of label keys of the instance to set as `gcp.gce.instance.labels.KEY`.'),
    computeEndpoint: endpointField('https://compute.googleapis.com').describe('Base URL of the Compute API.'),
  },
  empty: 'nothing',
  create({ labels, computeEndpoint, resourceAttributes }, context) {
    const { environment, logger, failOnMissingMetadata } = context;
    const server = createMetadataServer(context);
    const matches = compilePatterns(labels);
    /** Collects the attributes that are available. A missing part is an error only if `fail_on_missing_metadata` is set. */
    const collect = async (sources: readonly Source[]): Promise<Attributes> => {
      const found: Record<string, Attributes[string]> = {};
      for (const result of await Promise.allSettled(sources.map((source) => source()))) {
        if (result.status === 'fulfilled') Object.assign(found, result.value);
        else if (failOnMissingMetadata) throw result.reason;
      }
      return found;
    };
    return async (signal) => {
      const bareMetal = bareMetalSolution(environment);
      if (bareMetal !== undefined) return bareMetal;
      if (!(await server.isPresent(signal))) return undefined;
      const project = async () => ({ 'cloud.account.id': (await server.get('project/project-id', signal)).trim() });
      const { name, attributes, sources } = await detectPlatform(context, server, signal);
      const found = { 'cloud.provider': 'gcp', ...attributes, ...(await collect([project, ...sources])) };
      /** Collects attributes that require a permission, and omits them without it. */
      const optional = async (what: string, source: Source): Promise<Attributes> => {
        try {
          return await source();
        } catch (error) {
          logger.info({ error: errorMessage(error) }, `${what} unavailable`);
          return {};
        }
      };
      if (name === 'gke') {
        const wantsType = resourceAttributes['host.type'].enabled;
        return {
          ...found,
          ...(await optional('host.name', async () => ({
            'host.name': (await server.get('instance/name', signal)).trim(),
          }))),
          ...(wantsType &&
            (await optional('host.type', async () => {
              const { machineType } = await fetchInstance(computeEndpoint, server, signal);
              if (machineType === '') throw new Error('expected a machine type, got none');
              return { 'host.type': lastSegment(machineType) };
            }))),
        };
      }
      if (name !== 'gce' || labels.length === 0) return found;
      return {
        ...found,
        ...(await optional('labels', async () => {
          const instance = await fetchInstance(computeEndpoint, server, signal);
          const entries = Object.entries(instance.labels).filter(([key]) => matches(key));
          return Object.fromEntries(entries.map(([key, value]) => [`gcp.gce.instance.labels.${key}`, value]));
        })),
      };
    };
  },
});

function bareMetalSolution(environment: Readonly<Record<string, string | undefined>>): Attributes | undefined {
  const project = environment['BMS_PROJECT_ID'];
  const region = environment['BMS_REGION'];
  const instance = environment['BMS_INSTANCE_ID'];
  if (!project || !region || !instance) return undefined;
  return {
    'cloud.provider': 'gcp',
    'cloud.platform': 'gcp_bare_metal_solution',
    'cloud.account.id': project,
    'cloud.region': region,
    'host.name': instance,
  };
}

async function fetchInstance(endpoint: string, server: MetadataServer, signal: AbortSignal) {
  const [project, zone, name] = await Promise.all(
    ['project/project-id', 'instance/zone', 'instance/name'].map(async (path) =>
      encodeURIComponent(lastSegment(await server.get(path, signal))),
    ),
  );
  const url = `${endpoint}/compute/v1/projects/${project}/zones/${zone}/instances/${name}`;
  const authorization = `Bearer ${await server.accessToken(signal)}`;
  return fetchJson(url, INSTANCE, { headers: { authorization }, signal });
}

const INSTANCE = z.object({
  machineType: z.string().prefault(''),
  labels: z.record(z.string(), z.string()).prefault({}),
});
