import { defineDetector, endpointField, MetadataUnavailable } from '../../detector.ts';
import { fetchText } from '../../metadata.ts';

export const hetzner = defineDetector({
  attributes: {
    'cloud.availability_zone': true,
    'cloud.platform': false,
    'cloud.provider': true,
    'cloud.region': true,
    'host.id': true,
    'host.name': true,
  },
  options: { endpoint: endpointField('http://169.254.169.254') },
  create:
    ({ endpoint }) =>
    async (signal) => {
      const fetchPath = async (path: string): Promise<string> =>
        (await fetchText(`${endpoint}/hetzner/v1/metadata/${path}`, { signal })).trim();
      /** Fetches one part; a missing part does not affect the others. */
      const optional = (path: string): Promise<string | undefined> => fetchPath(path).catch(() => undefined);

      const hostname = await fetchPath('hostname');
      if (hostname === '') throw new MetadataUnavailable('expected a hostname, got an empty text');
      const [id, region, zone] = await Promise.all(['instance-id', 'region', 'availability-zone'].map(optional));
      return {
        'cloud.provider': 'hetzner',
        'cloud.platform': 'hetzner.cloud_server',
        'cloud.region': region,
        'cloud.availability_zone': zone,
        'host.id': id !== undefined && /^-?\d+$/.test(id) ? id : undefined,
        'host.name': hostname,
      };
    },
});
