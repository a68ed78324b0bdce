import type { SlackConfig } from '../config/model.ts';
import type { NotificationTemplates } from '../templates/notification-templates.ts';
import { type Integration, REPEATED_TEXT, type SendResult } from './integration.ts';
import { type PostResponse, postJson } from './post.ts';
import { readSecret } from './secrets.ts';
import { filled, truncate } from './texts.ts';

/** Maximum length of a title that Slack shows. */
const MAX_TITLE = 1024;

/** Posts messages to an incoming webhook of Slack, or with a token to `chat.postMessage`. */
export function createSlack(config: SlackConfig, templates: NotificationTemplates): Integration {
  return {
    async send(notification, signal) {
      const { data, isRepeated } = notification;
      const render = (text: string) => templates.text(text, data);
      const { channel, username, iconEmoji, iconUrl, messageText, footer, ...texts } = Object.fromEntries(
        Object.entries(config.texts).map(([name, text]) => [name, render(text)]),
      ) as typeof config.texts;
      const fields = config.fields.map(({ title, value, isShort }) => ({
        title: render(title),
        value: render(value),
        short: isShort,
      }));
      const attachment = {
        ...filled({ title: truncate(texts.title, MAX_TITLE), title_link: texts.titleLink, pretext: texts.pretext }),
        text: texts.text,
        fallback: texts.fallback,
        callback_id: texts.callbackId,
        ...(fields.length > 0 && { fields }),
        ...(config.actions.length > 0 && { actions: config.actions.map((action) => renderTexts(action, render)) }),
        ...filled({ image_url: texts.imageUrl, thumb_url: texts.thumbUrl }),
        footer: isRepeated ? [footer, REPEATED_TEXT].filter(Boolean).join(' | ') : footer,
        ...filled({ color: texts.color }),
        mrkdwn_in: config.mrkdwnIn,
      };
      const body = {
        ...filled({ channel, username, icon_emoji: iconEmoji, icon_url: iconUrl }),
        ...(config.linkNames && { link_names: true }),
        ...filled({ text: messageText }),
        attachments: [attachment],
      };
      const url = readSecret(config.url);
      return postJson({ url, body, http: config.http, notification, signal, nowMillis: data.nowMillis, check });
    },
  };
}

/** Slack responds 200 to some errors: with `ok: false` in JSON, or a text other than `ok`. */
function check({ type, body }: PostResponse): SendResult {
  if (!type.startsWith('application/json')) {
    return body === 'ok' ? { kind: 'delivered' } : { kind: 'failed', error: `Slack responded: ${oneLine(body)}` };
  }
  try {
    const response: unknown = JSON.parse(body);
    const { ok, error } = Object(response) as { readonly ok?: unknown; readonly error?: unknown };
    if (ok === true) return { kind: 'delivered' };
    return { kind: 'failed', error: `Slack responded: ${oneLine(typeof error === 'string' ? error : 'not ok')}` };
  } catch {
    return {
      kind: 'retry',
      error: 'Slack responded with invalid JSON',
      afterMillis: undefined,
      isOutcomeUnknown: true,
    };
  }
}

function oneLine(text: string): string {
  return text.slice(0, 200).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

function renderTexts(value: Readonly<Record<string, unknown>>, render: (text: string) => string): unknown {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]): readonly (readonly [string, unknown])[] => {
      if (inner === undefined) return [];
      if (typeof inner === 'string') return [[name, render(inner)]];
      return [[name, renderTexts(inner as Readonly<Record<string, unknown>>, render)]];
    }),
  );
}
