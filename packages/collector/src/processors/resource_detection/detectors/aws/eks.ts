import { z } from '../../../../component/schema.ts';
import { inClusterServer } from '../../../../kubernetes/server/api-server.ts';
import { serviceAccountDirField } from '../../../../kubernetes/server/config.ts';
import { type Attributes, type DetectionContext, defineDetector, MetadataUnavailable } from '../../detector.ts';
import { createObjectReader, type ObjectReader } from '../kubernetes/client.ts';
import { loadCredentials } from './credentials.ts';
import { callEc2 } from './ec2-api.ts';
import { createImds, DEFAULT_IMDS, type Imds } from './imds.ts';
import { xmlElements, xmlText } from './xml.ts';

export const eks = defineDetector({
  attributes: {
    'cloud.account.id': false,
    'cloud.availability_zone': false,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.region': false,
    'host.id': false,
    'host.image.id': false,
    'host.name': false,
    'host.type': false,
    'k8s.cluster.name': false,
  },
  options: {
    nodeFromEnvVar: z.string().prefault('').describe('Environment variable that contains the node name.'),
    serviceAccountDir: serviceAccountDirField(),
  },
  create({ nodeFromEnvVar, serviceAccountDir, resourceAttributes }, context) {
    const kubernetes = createObjectReader(inClusterServer(context.environment, serviceAccountDir));
    const imds = createImds(context, { ...DEFAULT_IMDS, maxAttempts: 1 });
    const nodeName = context.environment[nodeFromEnvVar] ?? '';
    const platform = { 'cloud.provider': 'aws', 'cloud.platform': 'aws_eks' };
    const details = async (signal: AbortSignal): Promise<Attributes> => {
      const hasImds = await imds.metadata('instance-id', signal).then(
        () => true,
        () => false,
      );
      if (!hasImds) return fromApi(kubernetes, nodeName, imds, context, signal);
      const wantsName = resourceAttributes['k8s.cluster.name'].enabled;
      return fromImds(imds, wantsName, context, signal);
    };
    return async (signal) => {
      if (!(await isEks(context, kubernetes, signal))) return undefined;
      const found = await details(signal).catch((error: unknown) => {
        if (context.failOnMissingMetadata) throw error;
        return error instanceof PartialMetadata ? error.found : {};
      });
      return { ...platform, ...found };
    };
  },
});

/** Thrown when only part of the metadata is available. */
class PartialMetadata extends MetadataUnavailable {
  readonly found: Attributes;

  constructor(found: Attributes, cause: unknown) {
    super('some metadata is unavailable', { cause });
    this.found = found;
  }
}

async function isEks(
  { environment }: DetectionContext,
  kubernetes: ObjectReader,
  signal: AbortSignal,
): Promise<boolean> {
  if (!environment['KUBERNETES_SERVICE_HOST']) return false;
  if (environment['AWS_WEB_IDENTITY_TOKEN_FILE']?.includes('eks.amazonaws.com')) return true;
  if (environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']?.includes('eks-pod-identity')) return true;
  const issuer = await kubernetes
    .get('/.well-known/openid-configuration', z.object({ issuer: z.string() }), signal)
    .then((configuration) => configuration.issuer)
    .catch(() => '');
  if (issuer.includes('oidc.eks.')) return true;
  const { gitVersion } = await kubernetes.get('/version', z.object({ gitVersion: z.string() }), signal);
  return gitVersion.includes('-eks-');
}

async function fromImds(
  imds: Imds,
  wantsClusterName: boolean,
  context: DetectionContext,
  signal: AbortSignal,
): Promise<Attributes> {
  const identity = await imds.identity(signal);
  const found: Record<string, string> = {
    'host.id': identity.instanceId,
    'cloud.availability_zone': identity.availabilityZone,
    'cloud.region': identity.region,
    'cloud.account.id': identity.accountId,
    'host.image.id': identity.imageId,
    'host.type': identity.instanceType,
  };
  try {
    found['host.name'] = await imds.metadata('hostname', signal);
    if (!wantsClusterName) return found;
    const instance = await describeInstance(identity.region, identity.instanceId, imds, context, signal);
    return { ...found, 'k8s.cluster.name': instance['k8s.cluster.name'] };
  } catch (error) {
    throw new PartialMetadata(found, error);
  }
}

async function fromApi(
  kubernetes: ObjectReader,
  nodeName: string,
  imds: Imds,
  context: DetectionContext,
  signal: AbortSignal,
): Promise<Attributes> {
  if (nodeName === '') throw new MetadataUnavailable('expected the name of the node, got none');
  const { spec } = await kubernetes.get(`/api/v1/nodes/${encodeURIComponent(nodeName)}`, NODE, signal);
  // aws:///us-west-2a/i-1234567890abcdef0
  const [scheme, , , zone = '', instanceId = ''] = spec.providerID.split('/');
  if (scheme !== 'aws:' || zone === '' || instanceId === '')
    throw new MetadataUnavailable(`expected a provider ID such as aws:///us-west-2a/i-0, got "${spec.providerID}"`);
  const region = zone.slice(0, -1);
  const found = { 'host.id': instanceId, 'cloud.availability_zone': zone, 'cloud.region': region };
  try {
    return { ...found, ...(await describeInstance(region, instanceId, imds, context, signal)) };
  } catch (error) {
    throw new PartialMetadata(found, error);
  }
}

const NODE = z.object({ spec: z.object({ providerID: z.string() }) });

async function describeInstance(
  region: string,
  instanceId: string,
  imds: Imds,
  context: DetectionContext,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const credentials = await loadCredentials(context, imds, signal);
  const action = { Action: 'DescribeInstances', 'InstanceId.1': instanceId };
  const xml = await callEc2(action, region, credentials, context, signal);
  const instances = xmlElements(xmlElements(xml, 'instancesSet')[0] ?? '', 'item');
  const [instance = ''] = instances;
  return {
    'cloud.account.id': xmlText(xml, 'ownerId') ?? '',
    'host.image.id': xmlText(instance, 'imageId') ?? '',
    'host.type': xmlText(instance, 'instanceType') ?? '',
    'host.name': xmlText(instance, 'privateDnsName') ?? '',
    'k8s.cluster.name': instances.map(clusterName).find((name) => name !== '') ?? '',
  };
}

function clusterName(instance: string): string {
  for (const tag of xmlElements(xmlElements(instance, 'tagSet')[0] ?? '', 'item')) {
    const key = xmlText(tag, 'key') ?? '';
    if (key === 'aws:eks:cluster-name' || key === 'eks:cluster-name') return xmlText(tag, 'value') ?? '';
    if (key.startsWith('kubernetes.io/cluster/')) return key.slice('kubernetes.io/cluster/'.length);
  }
  return '';
}
