import { defineDetector } from '../../detector.ts';

export const azureAppService = defineDetector({
  attributes: {
    'azure.app_service.instance.id': true,
    'azure.resource_group.name': true,
    'cloud.account.id': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.region': true,
    'cloud.resource_id': true,
    'deployment.environment.name': true,
    'service.name': true,
  },
  schemaUrl: 'https://opentelemetry.io/schemas/1.43.0',
  create:
    (_config, { environment }) =>
    async () => {
      const site = environment['WEBSITE_SITE_NAME'];
      const group = environment['WEBSITE_RESOURCE_GROUP'];
      // <subscription>+<resource group>-<region>webspace
      const owner = environment['WEBSITE_OWNER_NAME'];
      if (!site || !group || !owner || environment['FUNCTIONS_WORKER_RUNTIME']) return undefined;
      const [subscription] = owner.split('+');
      return {
        'cloud.provider': 'azure',
        'cloud.platform': 'azure.app_service',
        'service.name': site,
        'cloud.account.id': subscription,
        'cloud.resource_id': `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Web/sites/${site}`,
        'azure.resource_group.name': group,
        'cloud.region': environment['REGION_NAME'] || undefined,
        'deployment.environment.name': environment['WEBSITE_SLOT_NAME'] || undefined,
        'azure.app_service.instance.id': environment['WEBSITE_INSTANCE_ID'] || undefined,
      };
    },
});
