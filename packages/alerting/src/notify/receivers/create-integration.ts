import { TemplateError } from '@otelier/query/go-template';
import type { IntegrationConfig } from '../config/model.ts';
import type { NotificationTemplates } from '../templates/notification-templates.ts';
import { createEmail } from './email.ts';
import type { Integration, SendResult } from './integration.ts';
import { createTeams } from './msteamsv2.ts';
import { createPagerduty } from './pagerduty.ts';
import { SecretFileError } from './secrets.ts';
import { createSlack } from './slack.ts';
import { createWebhook } from './webhook.ts';

/** Creates the integration of a configuration. */
export function createIntegration(config: IntegrationConfig, templates: NotificationTemplates): Integration {
  const integration = create(config, templates);
  return {
    send: (notification, signal) =>
      integration.send(notification, signal).catch((error): SendResult => {
        // Templates and files of the configuration: another attempt fails in the same way.
        if (error instanceof TemplateError) return { kind: 'failed', error: `template: ${error.message}` };
        if (error instanceof SecretFileError) return { kind: 'failed', error: error.message };
        throw error;
      }),
  };
}

function create(config: IntegrationConfig, templates: NotificationTemplates): Integration {
  switch (config.kind) {
    case 'webhook':
      return createWebhook(config, templates);
    case 'slack':
      return createSlack(config, templates);
    case 'pagerduty':
      return createPagerduty(config, templates);
    case 'msteamsv2':
      return createTeams(config, templates);
    case 'email':
      return createEmail(config, templates);
  }
}
