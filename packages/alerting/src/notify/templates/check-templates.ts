import { TemplateError } from '@otelier/query/go-template';
import type { AlertmanagerConfig } from '../config/model.ts';
import type { ConfigProblem } from '../config/reader.ts';
import { loadTemplates, type NotificationTemplates } from './notification-templates.ts';

/** Returns the errors in the templates of a configuration: in its files, and in the texts of receivers. */
export function checkNotificationTemplates(config: AlertmanagerConfig): readonly ConfigProblem[] {
  let templates: NotificationTemplates;
  try {
    templates = loadTemplates(config.templates);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return [{ path: ['templates'], message: error.message }];
  }
  return config.receivers.flatMap(({ integrations }, receiver) =>
    integrations.flatMap((integration) =>
      textsIn(integration).flatMap((text) => {
        const message = errorOf(templates, text);
        const path = ['receivers', receiver, `${integration.kind}_configs`, integration.index];
        return message === undefined ? [] : [{ path, message }];
      }),
    ),
  );
}

function errorOf(templates: NotificationTemplates, text: string): string | undefined {
  try {
    templates.check(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return `expected a template, got ${JSON.stringify(text.slice(0, 100))}: ${error.message}`;
  }
}

/** Returns the texts with actions in a value, without secrets such as URLs, which no error may show. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.includes('{{') ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  const isSecret = Object.keys(value).join() === 'value';
  return isSecret ? [] : Object.values(value).flatMap(textsIn);
}
