import { defineDetector, endpointField } from '../../detector.ts';
import { fetchText, fetchTexts } from '../../metadata.ts';

export const ibmcloudClassic = defineDetector({
  attributes: {
    'cloud.account.id': true,
    'cloud.availability_zone': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.resource_id': true,
    'host.id': true,
    'host.name': true,
  },
  options: { endpoint: endpointField('https://api.service.softlayer.com') },
  create:
    ({ endpoint }) =>
    async (signal) => ({
      'cloud.provider': 'ibm_cloud',
      'cloud.platform': 'ibm_cloud.classic',
      ...(await fetchTexts(METHODS, async (method) =>
        (await fetchText(`${endpoint}/rest/v3.1/SoftLayer_Resource_Metadata/${method}.txt`, { signal })).trim(),
      )),
    }),
});

const METHODS = {
  'cloud.account.id': 'getAccountId',
  'cloud.availability_zone': 'getDatacenter',
  'cloud.resource_id': 'getGlobalIdentifier',
  'host.id': 'getId',
  'host.name': 'getHostname',
};
