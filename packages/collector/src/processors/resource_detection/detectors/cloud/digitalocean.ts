import { z } from '../../../../component/schema.ts';
import { defineDetector, endpointField } from '../../detector.ts';
import { fetchJson, text } from '../../metadata.ts';

export const digitalocean = defineDetector({
  attributes: { 'cloud.provider': true, 'cloud.region': true, 'host.id': true, 'host.name': true },
  options: { endpoint: endpointField('http://169.254.169.254') },
  create:
    ({ endpoint }) =>
    async (signal) => {
      const droplet = await fetchJson(`${endpoint}/metadata/v1.json`, DROPLET, { signal });
      return {
        'cloud.provider': 'digitalocean',
        'cloud.region': droplet.region,
        'host.id': String(droplet.droplet_id),
        'host.name': droplet.hostname,
      };
    },
});

const DROPLET = z.object({ droplet_id: z.int().prefault(0), hostname: text(), region: text() });
