import { defineDetector, endpointField, failOnMissingField } from '../../detector.ts';
import { fetchText, fetchTexts } from '../../metadata.ts';

export const tencentCvm = defineDetector({
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
  options: { endpoint: endpointField('http://metadata.tencentyun.com'), failOnMissingMetadata: failOnMissingField() },
  create:
    ({ endpoint }) =>
    async (signal) => ({
      'cloud.provider': 'tencent_cloud',
      'cloud.platform': 'tencent_cloud_cvm',
      ...(await fetchTexts(PATHS, (path) => fetchText(`${endpoint}/latest/meta-data/${path}`, { signal }))),
    }),
});

const PATHS = {
  'cloud.account.id': 'app-id',
  'cloud.region': 'placement/region',
  'cloud.availability_zone': 'placement/zone',
  'host.id': 'instance-id',
  'host.name': 'instance-name',
  'host.image.id': 'instance/image-id',
  'host.type': 'instance/instance-type',
};
