import { type ConfigIssue, type ConfigUse, defineReceiver } from '../component/define.ts';
import { checkObservers } from '../component/discovery/observers.ts';
import { type CreatorConfig, creatorConfig } from './receiver_creator/config.ts';
import { ReceiverCreator } from './receiver_creator/creator.ts';

const TYPE = 'receiver_creator';

export const receiverCreator = defineReceiver({
  summary:
    'Starts receivers for the pods, ports, nodes and other endpoints that observers report, and stops them when these are gone.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs'],
  config: creatorConfig,
  examples: [
    {
      title: 'Metrics of each Redis server in a cluster',
      config: {
        watch_observers: ['k8s_observer'],
        receivers: {
          redis: {
            rule: 'type == "port" && port == 6379 && pod.labels["app"] matches "^redis"',
            config: { collection_interval: '10s' },
            resource_attributes: { 'service.name': '`pod.labels["app"]`' },
          },
        },
      },
    },
    {
      title: 'What annotations of pods ask for',
      config: { watch_observers: ['k8s_observer'], discovery: { enabled: true, ignore_receivers: ['nginx'] } },
    },
  ],
  describe: ({ receivers, discovery }) =>
    [...Object.keys(receivers), ...(discovery.enabled ? ['annotations'] : [])].join(', '),
  check: (config, use) => [
    ...checkObservers(config.watchObservers, 'watch_observers', use),
    ...checkTypes(config, use),
  ],
  exclusive: ({ watchObservers, receivers }) =>
    Object.keys(receivers).map((id) => `${TYPE}:${watchObservers.join()}:${id}`),
  create: (config, next, context) => new ReceiverCreator(config, next, context),
});

function checkTypes({ receivers }: CreatorConfig, { receiverTypes }: ConfigUse): ConfigIssue[] {
  return Object.keys(receivers).flatMap((id) => {
    const type = id.split('/', 1)[0] ?? '';
    if (type !== TYPE && (receiverTypes === undefined || receiverTypes.includes(type))) return [];
    return [{ path: ['receivers', id], message: `expected the type of another receiver, got "${type}"` }];
  });
}
