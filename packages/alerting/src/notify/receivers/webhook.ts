import type { WebhookConfig } from '../config/model.ts';
import { toPayload } from '../templates/data.ts';
import type { NotificationTemplates } from '../templates/notification-templates.ts';
import type { Integration } from './integration.ts';
import { renderValue } from './payload-template.ts';
import { postJson } from './post.ts';
import { readSecret } from './secrets.ts';

/** Posts Alertmanager's payload (version 4), or the one of the configuration. */
export function createWebhook(config: WebhookConfig, templates: NotificationTemplates): Integration {
  return {
    async send(notification, signal) {
      const { data: all, isRepeated } = notification;
      const { alerts } = all;
      const truncatedAlerts = config.maxAlerts === 0 ? 0 : Math.max(0, alerts.length - config.maxAlerts);
      const data = truncatedAlerts === 0 ? all : { ...all, alerts: alerts.slice(0, config.maxAlerts) };
      const render = (text: string) => templates.text(text, data);
      const own = { ...toPayload(data), version: '4', groupKey: data.groupKey, truncatedAlerts };
      const body =
        config.payload === undefined
          ? { ...own, ...(isRepeated && { repeated: true }) }
          : renderValue(config.payload, render);
      const url = render(readSecret(config.url));
      return postJson({ url, body, http: config.http, notification, signal, nowMillis: data.nowMillis });
    },
  };
}
