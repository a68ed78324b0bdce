import { z } from '../../../../component/schema.ts';
import { fetchJson, text } from '../../metadata.ts';

/** Returns the virtual machine metadata. Throws `MetadataUnavailable`. */
export function fetchCompute(endpoint: string, signal: AbortSignal) {
  const url = `${endpoint}/metadata/instance/compute?api-version=2020-09-01&format=json`;
  return fetchJson(url, COMPUTE, { headers: { metadata: 'true' }, signal });
}

/** The address of the metadata service. */
export const AZURE_METADATA_URL = 'http://169.254.169.254';

const COMPUTE = z.object({
  location: text(),
  name: text(),
  vmId: text(),
  vmSize: text(),
  subscriptionId: text(),
  resourceGroupName: text(),
  vmScaleSetName: text(),
  zone: text(),
  osProfile: z.object({ computerName: text() }).prefault({ computerName: '' }),
  tagsList: z.array(z.object({ name: text(), value: text() })).prefault([]),
});
