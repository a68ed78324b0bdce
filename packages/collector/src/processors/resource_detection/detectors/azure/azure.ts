import { compilePatterns, patternsField } from '../../../../component/pattern.ts';
import { defineDetector, endpointField } from '../../detector.ts';
import { AZURE_METADATA_URL, fetchCompute } from './imds.ts';

export const azure = defineDetector({
  attributes: {
    'azure.resourcegroup.name': true,
    'azure.vm.name': true,
    'azure.vm.scaleset.name': true,
    'azure.vm.size': true,
    'cloud.account.id': true,
    'cloud.availability_zone': false,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.region': true,
    'host.id': true,
    'host.name': true,
  },
  options: {
    endpoint: endpointField(AZURE_METADATA_URL),
    tags: patternsField('Regular expressions of tag names to set as `azure.tag.NAME`.'),
  },
  create({ endpoint, tags }) {
    const matches = compilePatterns(tags);
    return async (signal) => {
      const compute = await fetchCompute(endpoint, signal);
      return {
        'cloud.provider': 'azure',
        'cloud.platform': 'azure.vm',
        'cloud.region': compute.location,
        'cloud.account.id': compute.subscriptionId,
        'cloud.availability_zone': compute.zone || undefined,
        'host.id': compute.vmId,
        // Virtual machines created from specialized disks have no computer name.
        'host.name': compute.osProfile.computerName || compute.name || undefined,
        'azure.vm.name': compute.name,
        'azure.vm.size': compute.vmSize,
        'azure.vm.scaleset.name': compute.vmScaleSetName || undefined,
        'azure.resourcegroup.name': compute.resourceGroupName,
        ...Object.fromEntries(
          compute.tagsList.filter(({ name }) => matches(name)).map(({ name, value }) => [`azure.tag.${name}`, value]),
        ),
      };
    };
  },
});
