import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientTlsField } from '../../../../component/fields/client.ts';
import { requestTls } from '../../../../component/http/request-tls.ts';
import { secret, z } from '../../../../component/schema.ts';
import { apiServer, serviceUrl } from '../../../../kubernetes/server/api-server.ts';
import { serviceAccountDirField } from '../../../../kubernetes/server/config.ts';
import { type Attributes, defineDetector } from '../../detector.ts';
import { text } from '../../metadata.ts';
import { createObjectReader } from './client.ts';

export const openshift = defineDetector({
  attributes: { 'cloud.platform': true, 'cloud.provider': true, 'cloud.region': true, 'k8s.cluster.name': true },
  options: {
    address: z.string().prefault('').describe('URL of the OpenShift API server. Default: the API server of the pod.'),
    token: secret().prefault('').describe('Bearer token. Default: the service account token.'),
    tls: clientTlsField(),
    serviceAccountDir: serviceAccountDirField(),
  },
  empty: 'nothing',
  create({ address, token, tls, serviceAccountDir }, { environment }) {
    const inPod = (name: string): string => readFileSync(join(serviceAccountDir, name), 'utf8');
    const bearer = token || inPod('token').trim();
    const url = (address || serviceUrl(environment)).replace(/\/$/, '');
    const hasOwnCa = tls.insecure || tls.caPem !== undefined || tls.caFile !== undefined;
    const access = {
      headers: { authorization: `Bearer ${bearer}` },
      tls: { ...requestTls(tls), ...(!hasOwnCa && { ca: inPod('ca.crt') }) },
    };
    const client = createObjectReader(apiServer(url, () => access));
    return async (signal) => {
      const path = '/apis/config.openshift.io/v1/infrastructures/cluster/status';
      const { status } = await client.get(path, INFRASTRUCTURE, signal);
      return {
        'k8s.cluster.name': status.infrastructureName || undefined,
        ...platformAttributes(status.platformStatus),
      };
    };
  },
});

type PlatformStatus = z.output<typeof PLATFORM_STATUS>;

function platformAttributes(status: PlatformStatus): Attributes {
  switch (status.type.toLowerCase()) {
    case 'aws':
      return attributes('aws', 'aws_openshift', status.aws.region);
    case 'azure':
      return attributes('azure', 'azure.openshift', status.azure.cloudName);
    case 'gcp':
      return attributes('gcp', 'gcp_openshift', status.gcp.region);
    case 'ibmcloud':
      return attributes('ibm_cloud', 'ibm_cloud_openshift', status.ibmcloud.location);
    case 'openstack':
      return { 'cloud.region': status.openstack.cloudName.toLowerCase() };
    default:
      return {};
  }
}

function attributes(provider: string, platform: string, region: string): Attributes {
  return { 'cloud.provider': provider, 'cloud.platform': platform, 'cloud.region': region.toLowerCase() };
}

const REGION = z.object({ region: text() }).prefault({ region: '' });
const CLOUD_NAME = z.object({ cloudName: text() }).prefault({ cloudName: '' });
const PLATFORM_STATUS = z
  .object({
    type: text(),
    aws: REGION,
    azure: CLOUD_NAME,
    gcp: REGION,
    ibmcloud: z.object({ location: text() }).prefault({ location: '' }),
    openstack: CLOUD_NAME,
  })
  .prefault({ type: '' });
const INFRASTRUCTURE = z.object({ status: z.object({ infrastructureName: text(), platformStatus: PLATFORM_STATUS }) });
