import { defineDetector } from '../../detector.ts';

export const azureContainerApps = defineDetector({
  attributes: {
    'azure.container_app.instance.id': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'service.name': true,
  },
  schemaUrl: 'https://opentelemetry.io/schemas/1.42.0',
  create:
    (_config, { environment }) =>
    async () => {
      const name = environment['CONTAINER_APP_NAME'];
      if (!name) return undefined;
      return {
        'cloud.provider': 'azure',
        'cloud.platform': 'azure.container_apps',
        'service.name': name,
        'azure.container_app.instance.id': environment['CONTAINER_APP_REPLICA_NAME'] || undefined,
      };
    },
});
