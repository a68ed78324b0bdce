import { defineDetector, endpointField, failOnMissingField } from '../../detector.ts';
import { fetchText, fetchTexts } from '../../metadata.ts';

export const alibabaEcs = defineDetector({
  attributes: {
    'cloud.account.id': true,
    'cloud.availability_zone': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.region': true,
    'host.id': true,
    'host.image.id': true,
    'host.name': true,
    'host.type': true,
  },
  options: { endpoint: endpointField('http://100.100.100.200'), failOnMissingMetadata: failOnMissingField() },
  create:
    ({ endpoint }) =>
    async (signal) => {
      const token = await fetchText(`${endpoint}/latest/api/token`, {
        method: 'PUT',
        headers: { 'x-aliyun-ecs-metadata-token-ttl-seconds': '21600' },
        signal,
      });
      const headers = { 'x-aliyun-ecs-metadata-token': token };
      return {
        'cloud.provider': 'alibaba_cloud',
        'cloud.platform': 'alibaba_cloud_ecs',
        ...(await fetchTexts(PATHS, (path) => fetchText(`${endpoint}/latest/meta-data/${path}`, { headers, signal }))),
      };
    },
});

const PATHS = {
  'cloud.account.id': 'owner-account-id',
  'cloud.region': 'region-id',
  'cloud.availability_zone': 'zone-id',
  'host.id': 'instance-id',
  'host.name': 'hostname',
  'host.image.id': 'image-id',
  'host.type': 'instance/instance-type',
};
