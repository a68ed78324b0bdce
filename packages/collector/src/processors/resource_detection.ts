import { defineProcessor } from '../component/define.ts';
import { createOwnedRewriter } from '../component/rewriter.ts';
import { formatCount } from '../component/units.ts';
import { preparation } from '../ottl/profiles/prepare.ts';
import { resourceDetectionConfig } from './resource_detection/config.ts';
import { type Detection, openDetection } from './resource_detection/detection.ts';
import { mergeHooks } from './resource_detection/merge.ts';

export const resourceDetection = defineProcessor({
  summary: 'Detects the host, container, cluster or cloud and sets its resource attributes.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  aliases: ['resourcedetection'],
  config: resourceDetectionConfig,
  examples: [
    {
      title: 'The environment, then the host with its ID',
      config: {
        detectors: ['env', 'system'],
        override: false,
        system: { hostname_sources: ['os'], resource_attributes: { 'host.id': { enabled: true } } },
      },
    },
    {
      title: 'EC2 with tags, waiting for the metadata service',
      config: {
        detectors: ['env', 'ec2'],
        fail_on_missing_metadata: true,
        retry: { max_elapsed_time: '2m' },
        ec2: { tags: ['^team$'], tags_from_imds: true },
      },
    },
  ],
  describe: ({ detectors }) =>
    detectors.length <= 3 ? detectors.join(', ') : formatCount(detectors.length, 'detector'),
  create(config, next, context) {
    let release = async (): Promise<void> => {};
    let detection: Detection | undefined;
    const rewriter = createOwnedRewriter(
      [...preparation(context.signal, 1), mergeHooks(() => detection?.current, config.override)],
      next,
      context,
    );
    return {
      ...rewriter,
      async start() {
        const lease = await context.host.share(`resource_detection:${context.id}`, () =>
          openDetection(config, context),
        );
        release = () => lease.release();
        detection = lease.value;
      },
      shutdown: () => release(),
    };
  },
});
