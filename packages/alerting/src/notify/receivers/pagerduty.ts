import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { PagerdutyConfig } from '../config/model.ts';
import { groupStatus } from '../templates/data.ts';
import type { NotificationTemplates } from '../templates/notification-templates.ts';
import type { Integration } from './integration.ts';
import { renderValue } from './payload-template.ts';
import { postJson } from './post.ts';
import { readSecret } from './secrets.ts';
import { filled, truncate } from './texts.ts';

/** Maximum length of the summary of an event. */
const MAX_SUMMARY = 1024;
/** Maximum size of an event in bytes. */
const MAX_EVENT_BYTES = 512_000;

/**
 * Sends events to PagerDuty's Events API v2. The deduplication key is that of the group, so that a repeated event
 * creates no other incident.
 */
export function createPagerduty(config: PagerdutyConfig, templates: NotificationTemplates): Integration {
  return {
    async send(notification, signal) {
      const { data } = notification;
      const render = (text: string) => templates.text(text, data);
      const { texts, http } = config;
      const key = render(readSecret(config.routingKey));
      if (key === '') return { kind: 'failed', error: 'expected a routing key, got an empty text' };
      const event = (details: unknown) => ({
        routing_key: key,
        dedup_key: createHash('sha256').update(data.groupKey).digest('hex'),
        event_action: groupStatus(data.alerts) === 'resolved' ? 'resolve' : 'trigger',
        payload: {
          summary: truncate(render(texts.description), MAX_SUMMARY),
          source: render(texts.source),
          severity: render(texts.severity),
          ...filled({ class: render(texts.class), component: render(texts.component), group: render(texts.group) }),
          custom_details: details,
        },
        ...filled({ client: render(texts.client), client_url: render(texts.clientUrl) }),
        images: config.images.map((image) => renderAll(image, render)).filter(({ src }) => src !== ''),
        links: config.links.map((link) => renderAll(link, render)).filter(({ href }) => href !== ''),
      });
      const whole = event(renderValue(config.details, render));
      const isTooLarge = Buffer.byteLength(JSON.stringify(whole)) > MAX_EVENT_BYTES;
      const error = `Custom details have been removed: the event would exceed ${MAX_EVENT_BYTES} bytes`;
      const body = isTooLarge ? event({ error }) : whole;
      return postJson({ url: config.url, body, http, notification, signal, nowMillis: data.nowMillis, secrets: [key] });
    },
  };
}

function renderAll<Name extends string>(
  texts: Readonly<Record<Name, string>>,
  render: (text: string) => string,
): Readonly<Record<Name, string>> {
  const entries = Object.entries<string>(texts).map(([name, text]) => [name, render(text)] as const);
  return Object.fromEntries(entries) as Record<Name, string>;
}
