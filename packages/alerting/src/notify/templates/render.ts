import type { NotificationData } from './data.ts';
import { loadTemplates } from './notification-templates.ts';

/** The data of a template in the form of Alertmanager's payload. */
export interface TemplateData {
  readonly receiver: string;
  readonly notification_reason?: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly routeLabels?: Readonly<Record<string, string>>;
  readonly externalURL: string;
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly generatorURL: string;
  }[];
}

/**
 * Executes a template on the data of a notification, as `amtool template render` does. `paths` are files that define
 * templates. Throws a `TemplateError`.
 */
export function renderNotificationTemplate(
  type: 'text' | 'html',
  template: string,
  data: TemplateData,
  { paths = [], nowMillis = 0 }: { readonly paths?: readonly string[]; readonly nowMillis?: number } = {},
): string {
  const notification: NotificationData = {
    receiver: data.receiver,
    reason: data.notification_reason ?? '',
    groupLabels: data.groupLabels,
    routeLabels: data.routeLabels ?? {},
    groupKey: '',
    externalUrl: data.externalURL,
    nowMillis,
    alerts: data.alerts.map(({ status, labels, annotations, startsAt, endsAt, generatorURL }) => ({
      ...{ labels, annotations, generatorUrl: generatorURL, startsAtMs: Date.parse(startsAt) },
      endsAtMs: status === 'resolved' ? Date.parse(endsAt) : undefined,
    })),
  };
  const templates = loadTemplates(paths);
  return type === 'html' ? templates.html(template, notification) : templates.text(template, notification);
}
