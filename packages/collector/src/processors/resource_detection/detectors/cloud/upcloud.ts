import { z } from '../../../../component/schema.ts';
import { defineDetector, endpointField, failOnMissingField } from '../../detector.ts';
import { fetchJson, text } from '../../metadata.ts';

export const upcloud = defineDetector({
  attributes: { 'cloud.provider': true, 'cloud.region': true, 'host.id': true, 'host.name': true },
  options: { endpoint: endpointField('http://169.254.169.254'), failOnMissingMetadata: failOnMissingField() },
  create:
    ({ endpoint }) =>
    async (signal) => {
      const server = await fetchJson(`${endpoint}/metadata/v1.json`, SERVER, { signal });
      return {
        'cloud.provider': server.cloud_name,
        'cloud.region': server.region,
        'host.id': server.instance_id,
        'host.name': server.hostname,
      };
    },
});

const SERVER = z.object({ cloud_name: text(), hostname: text(), instance_id: text(), region: text() });
