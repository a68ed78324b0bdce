/** Notifications of alerts: routing, grouping, silences, and delivery to receivers. */

export { handleAlertmanager } from './api/handle-alertmanager.ts';
export type { AlertmanagerConfig } from './config/model.ts';
export { parseAlertmanagerConfig, parseAlertmanagerFile } from './config/parse.ts';
export { createNotifier, type NotifierOptions } from './create-notifier.ts';
export type { NotifierEvent } from './event.ts';
export type { Deliveries, Notifier, PostedAlert } from './notifier.ts';
export { checkNotificationTemplates } from './templates/check-templates.ts';
export { renderNotificationTemplate } from './templates/render.ts';
