import { z } from '../../../../component/schema.ts';
import { defineDetector, endpointField, failOnMissingField } from '../../detector.ts';
import { fetchJson, text } from '../../metadata.ts';

export const vultr = defineDetector({
  attributes: {
    'cloud.platform': false,
    'cloud.provider': true,
    'cloud.region': true,
    'host.id': true,
    'host.name': true,
  },
  schemaUrl: 'https://opentelemetry.io/schemas/1.43.0',
  options: { endpoint: endpointField('http://169.254.169.254'), failOnMissingMetadata: failOnMissingField() },
  create:
    ({ endpoint }) =>
    async (signal) => {
      const instance = await fetchJson(`${endpoint}/v1.json`, INSTANCE, { signal });
      const id = instance['instance-v2-id'] || instance.instanceid;
      return {
        'cloud.provider': 'vultr',
        'cloud.platform': 'vultr.cloud_compute',
        // The service returns `EWR`, but the API and the Collector use `ewr`.
        'cloud.region': instance.region.regioncode.toLowerCase() || undefined,
        'host.id': id || undefined,
        'host.name': instance.hostname || undefined,
      };
    },
});

const INSTANCE = z.object({
  hostname: text(),
  instanceid: text(),
  'instance-v2-id': text(),
  region: z.object({ regioncode: text() }).prefault({ regioncode: '' }),
});
