import { z } from '../../../../component/schema.ts';
import { defineDetector } from '../../detector.ts';
import { fetchJson, fetchText, parseJson, text } from '../../metadata.ts';

export const ibmcloudVpc = defineDetector({
  attributes: {
    'cloud.account.id': true,
    'cloud.availability_zone': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.region': true,
    'cloud.resource_id': true,
    'host.id': true,
    'host.image.id': true,
    'host.image.name': true,
    'host.name': true,
    'host.type': true,
  },
  schemaUrl: 'https://opentelemetry.io/schemas/1.41.0',
  options: {
    protocol: z.enum(['http', 'https']).prefault('http').describe('Metadata service protocol.'),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Metadata service base URL. Default: `api.metadata.cloud.ibm.com` over `protocol`.'),
  },
  create({ protocol, endpoint = `${protocol}://api.metadata.cloud.ibm.com` }) {
    return async (signal) => {
      const url = `${endpoint}/identity/v1/token?version=${API_VERSION}`;
      const created = await fetchText(url, {
        method: 'PUT',
        headers: { 'metadata-flavor': 'ibm', accept: 'application/json', 'content-type': 'application/json' },
        body: '{"expires_in":300}',
        signal,
      });
      const { access_token } = parseJson(url, created, z.object({ access_token: z.string().min(1) }));
      const instance = await fetchJson(`${endpoint}/metadata/v1/instance?version=${API_VERSION}`, INSTANCE, {
        headers: { authorization: `Bearer ${access_token}`, accept: 'application/json' },
        signal,
      });
      const zone = instance.zone.name;
      const dash = zone.lastIndexOf('-');
      return {
        'cloud.provider': 'ibm_cloud',
        'cloud.platform': 'ibm_cloud.vpc',
        'cloud.region': present(dash > 0 ? zone.slice(0, dash) : zone),
        'cloud.availability_zone': present(zone),
        'cloud.account.id': present((instance.crn.split(':')[6] ?? '').replace(/^a\//, '')),
        'cloud.resource_id': present(instance.crn),
        'host.id': present(instance.id),
        'host.image.id': present(instance.image.id),
        'host.image.name': present(instance.image.name),
        'host.name': present(instance.name),
        'host.type': present(instance.profile.name),
      };
    };
  },
});

const API_VERSION = '2026-01-30';
const NAMED = z.object({ name: text() }).prefault({ name: '' });
const INSTANCE = z.object({
  id: text(),
  crn: text(),
  name: text(),
  profile: NAMED,
  zone: NAMED,
  image: z.object({ id: text(), name: text() }).prefault({ id: '', name: '' }),
});

function present(value: string): string | undefined {
  return value === '' ? undefined : value;
}
