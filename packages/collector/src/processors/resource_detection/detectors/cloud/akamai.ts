import { z } from '../../../../component/schema.ts';
import { defineDetector, endpointField } from '../../detector.ts';
import { fetchJson, fetchText, parseJson, text } from '../../metadata.ts';

export const akamai = defineDetector({
  attributes: {
    'cloud.account.id': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.region': true,
    'host.id': true,
    'host.image.id': true,
    'host.image.name': true,
    'host.name': true,
    'host.type': true,
  },
  options: { endpoint: endpointField('http://169.254.169.254') },
  create:
    ({ endpoint }) =>
    async (signal) => {
      const url = `${endpoint}/v1/token`;
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const created = await fetchText(url, {
        method: 'PUT',
        headers: { ...headers, 'metadata-token-expiry-seconds': '3600' },
        signal,
      });
      const [token] = parseJson(url, created, z.array(z.string()).min(1));
      const instance = await fetchJson(`${endpoint}/v1/instance`, INSTANCE, {
        headers: { ...headers, 'metadata-token': token ?? '' },
        signal,
      });
      return {
        'cloud.account.id': instance.account_euuid,
        'cloud.provider': 'akamai_cloud',
        'cloud.platform': 'akamai_cloud.compute',
        'cloud.region': instance.region,
        'host.id': String(instance.id),
        'host.image.id': instance.image.id,
        'host.image.name': instance.image.label,
        'host.name': instance.label,
        'host.type': instance.type,
      };
    },
});

const INSTANCE = z.object({
  id: z.int().prefault(0),
  label: text(),
  region: text(),
  type: text(),
  account_euuid: text(),
  image: z.object({ id: text(), label: text() }).prefault({ id: '', label: '' }),
});
