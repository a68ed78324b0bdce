import { errorMessage } from '../../../../component/error-message.ts';
import { compilePatterns, patternsField } from '../../../../component/pattern.ts';
import { duration, z } from '../../../../component/schema.ts';
import { type DetectionContext, defineDetector, failOnMissingField } from '../../detector.ts';
import { required } from '../../metadata.ts';
import { loadCredentials } from './credentials.ts';
import { callEc2 } from './ec2-api.ts';
import { createImds, type Imds } from './imds.ts';
import { xmlElements, xmlText } from './xml.ts';

export const ec2 = defineDetector({
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
  options: {
    tags: patternsField('Regular expressions of tag keys to set as `ec2.tag.KEY`.'),
    tagsFromImds: z
      .boolean()
      .prefault(false)
      .describe(
        'Whether to read tags from the instance metadata service, which does not require the permission `ec2:DescribeTags`.',
      ),
    maxAttempts: z.int().min(0).prefault(3).describe('Maximum number of attempts per metadata request.'),
    maxBackoff: duration().prefault('20s').describe('Maximum delay between attempts.'),
    failOnMissingMetadata: failOnMissingField(),
  },
  create({ tags, tagsFromImds, maxAttempts, maxBackoff }, context) {
    const imds = createImds(context, { maxAttempts, maxBackoffMillis: maxBackoff });
    const matches = compilePatterns(tags);
    return async (signal) => {
      await imds.metadata('instance-id', signal);
      const identity = await required('identity document', imds.identity(signal));
      const hostname = await required('hostname', imds.metadata('hostname', signal));
      return {
        'cloud.provider': 'aws',
        'cloud.platform': 'aws_ec2',
        'cloud.region': identity.region,
        'cloud.account.id': identity.accountId,
        'cloud.availability_zone': identity.availabilityZone,
        'host.id': identity.instanceId,
        'host.image.id': identity.imageId,
        'host.type': identity.instanceType,
        'host.name': hostname,
        ...(tags.length > 0 && (await tagAttributes())),
      };

      async function tagAttributes(): Promise<Record<string, string>> {
        try {
          const all = tagsFromImds
            ? await imdsTags(imds, matches, signal)
            : await apiTags(identity.region, identity.instanceId, imds, context, signal);
          return Object.fromEntries(
            [...all].filter(([key]) => matches(key)).map(([key, value]) => [`ec2.tag.${key}`, value]),
          );
        } catch (error) {
          context.logger.warn({ error: errorMessage(error) }, 'reading instance tags failed');
          return {};
        }
      }
    };
  },
});

async function imdsTags(
  imds: Imds,
  matches: (key: string) => boolean,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const keys = (await imds.metadata('tags/instance', signal)).split('\n').map((key) => key.trim());
  const tags = new Map<string, string>();
  for (const key of keys) {
    if (key !== '' && matches(key)) tags.set(key, await imds.metadata(`tags/instance/${encodeURI(key)}`, signal));
  }
  return tags;
}

async function apiTags(
  region: string,
  instanceId: string,
  imds: Imds,
  context: DetectionContext,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const action = { Action: 'DescribeTags', 'Filter.1.Name': 'resource-id', 'Filter.1.Value.1': instanceId };
  const credentials = await loadCredentials(context, imds, signal);
  const xml = await callEc2(action, region, credentials, context, signal);
  return new Map(xmlElements(xml, 'item').map((item) => [xmlText(item, 'key') ?? '', xmlText(item, 'value') ?? '']));
}
