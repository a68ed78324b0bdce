import { httpRequest } from '../../../../component/http/http-request.ts';
import { z } from '../../../../component/schema.ts';
import { defineDetector, endpointField } from '../../detector.ts';
import { fetchJson, text } from '../../metadata.ts';

export const scaleway = defineDetector({
  attributes: {
    'cloud.account.id': true,
    'cloud.availability_zone': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.region': true,
    'host.id': true,
    'host.image.id': true,
    'host.image.name': true,
    'host.name': true,
    'host.type': true,
  },
  options: {
    endpoint: endpointField('http://169.254.42.42'),
    endpointIpv6: endpointField('http://[fd00:42::42]').describe(
      'Metadata service base URL over IPv6, for servers without IPv4.',
    ),
  },
  create:
    ({ endpoint, endpointIpv6 }) =>
    async (signal) => {
      let base = endpoint;
      for (const url of [endpoint, endpointIpv6]) {
        const { status } = await httpRequest(url, { signal }).catch(() => ({ status: 0 }));
        if (status !== 200) continue;
        base = url;
        break;
      }
      const server = await fetchJson(`${base}/conf?format=json`, SERVER, { signal });
      const zone = server.location.zone_id;
      const dash = zone.lastIndexOf('-');
      return {
        'cloud.account.id': server.organization,
        'cloud.availability_zone': zone,
        'cloud.provider': 'scaleway_cloud',
        'cloud.platform': 'scaleway_cloud_compute',
        'cloud.region': dash > 0 ? zone.slice(0, dash) : undefined,
        'host.id': server.id,
        'host.image.id': server.image.id,
        'host.image.name': server.image.name,
        'host.name': server.name,
        'host.type': server.commercial_type,
      };
    },
});

const SERVER = z.object({
  id: text(),
  name: text(),
  organization: text(),
  commercial_type: text(),
  image: z.object({ id: text(), name: text() }).prefault({ id: '', name: '' }),
  location: z.object({ zone_id: text() }).prefault({ zone_id: '' }),
});
