import type { TeamsConfig } from '../config/model.ts';
import { groupStatus } from '../templates/data.ts';
import type { NotificationTemplates } from '../templates/notification-templates.ts';
import { type Integration, REPEATED_TEXT } from './integration.ts';
import { postJson } from './post.ts';
import { readSecret } from './secrets.ts';

/** Posts adaptive cards to a workflow of Microsoft Teams. */
export function createTeams(config: TeamsConfig, templates: NotificationTemplates): Integration {
  return {
    async send(notification, signal) {
      const { data, isRepeated } = notification;
      const title = templates.text(config.title, data);
      const text = templates.text(config.text, data);
      const color = groupStatus(data.alerts) === 'firing' ? 'Attention' : 'Good';
      const block = (content: object) => ({ type: 'TextBlock', ...content });
      const content = {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.2',
        body: [
          block({ text: title, weight: 'Bolder', size: 'Medium', wrap: true, style: 'heading', color }),
          block({ text, wrap: true }),
          ...(isRepeated ? [block({ text: REPEATED_TEXT, wrap: true })] : []),
        ],
        msteams: { width: 'full' },
      };
      const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
      const body = { type: 'message', attachments: [attachment] };
      const url = readSecret(config.url);
      return postJson({ url, body, http: config.http, notification, signal, nowMillis: data.nowMillis });
    },
  };
}
