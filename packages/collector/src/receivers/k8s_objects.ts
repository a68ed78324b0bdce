import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { objectsConfig } from './k8s_objects/config.ts';
import { ObjectReading } from './k8s_objects/object-reading.ts';
import { EntrySender } from './object_logs/entry-sender.ts';
import { createKubernetesReceiver } from './object_logs/kubernetes-receiver.ts';

export const k8sObjects = defineReceiver({
  summary: 'Makes log records of Kubernetes objects, at an interval or when they change.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['logs'],
  aliases: ['k8sobjects'],
  config: objectsConfig,
  examples: [
    {
      title: 'Pods every quarter of an hour, and changes of deployments',
      config: {
        objects: [
          { name: 'pods', mode: 'pull', interval: '15m', field_selector: 'status.phase=Running' },
          { name: 'deployments', group: 'apps', mode: 'watch', exclude_watch_type: ['ADDED'] },
        ],
      },
    },
  ],
  describe: ({ objects }) => objects.map(({ name, mode }) => `${name} (${mode})`).join(', '),
  check: ({ objects }): readonly ConfigIssue[] =>
    objects.flatMap(({ mode, excludeWatchType }, index) =>
      mode === 'pull' && excludeWatchType.length > 0
        ? [
            {
              path: ['objects', index, 'exclude_watch_type'],
              message: 'expected nothing here, got types with the mode pull',
            },
          ]
        : [],
    ),
  create: (options, next, context) => {
    if (next.logs === undefined) throw new Error(`${context.id}: expected a pipeline of logs`);
    const sender = new EntrySender(next.logs, context);
    return createKubernetesReceiver(options, context, sender, (access) =>
      options.objects.map((object) => new ObjectReading(object, access, context, sender)),
    );
  },
});
