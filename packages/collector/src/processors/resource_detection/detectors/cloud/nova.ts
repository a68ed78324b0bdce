import { compilePatterns, patternsField } from '../../../../component/pattern.ts';
import { z } from '../../../../component/schema.ts';
import { defineDetector, endpointField, failOnMissingField, MetadataUnavailable } from '../../detector.ts';
import { fetchJson, fetchText, text } from '../../metadata.ts';

export const nova = defineDetector({
  attributes: {
    'cloud.account.id': true,
    'cloud.availability_zone': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'host.id': true,
    'host.name': true,
    'host.type': true,
  },
  options: {
    endpoint: endpointField('http://169.254.169.254'),
    labels: patternsField('Regular expressions of metadata keys to set as `openstack.nova.meta.KEY`.'),
    failOnMissingMetadata: failOnMissingField(),
  },
  create({ endpoint, labels }) {
    const matches = compilePatterns(labels);
    return async (signal) => {
      const server = await fetchJson(`${endpoint}/openstack/latest/meta_data.json`, SERVER, { signal });
      if (server.uuid === '') throw new MetadataUnavailable('expected a `uuid`, got none');
      if (server.hostname === '') throw new Error('expected a hostname in the metadata, got none');
      const type = await fetchText(`${endpoint}/latest/meta-data/instance-type`, { signal }).catch(() => '');
      const meta = Object.entries(server.meta).filter(([key]) => matches(key));
      return {
        'cloud.provider': 'openstack',
        'cloud.platform': 'openstack_nova',
        'cloud.account.id': server.project_id,
        'cloud.availability_zone': server.availability_zone,
        'host.id': server.uuid,
        'host.name': server.hostname,
        'host.type': type === '' ? undefined : type,
        ...Object.fromEntries(meta.map(([key, value]) => [`openstack.nova.meta.${key}`, value])),
      };
    };
  },
});

const SERVER = z.object({
  availability_zone: text(),
  hostname: text(),
  project_id: text(),
  uuid: text(),
  meta: z.record(z.string(), z.string()).prefault({}),
});
