/** Notifications of alerts: routing, grouping, silences, and delivery to receivers. */

export type { AlertmanagerConfig } from './config/model.ts';
export { parseAlertmanagerConfig, parseAlertmanagerFile } from './config/parse.ts';
export { createNotifier, type NotifierOptions } from './create-notifier.ts';
export type { NotifierEvent } from './event.ts';
export { MatcherError, parseMatcher, parseMatchers } from './matching/parse-matchers.ts';
export type { Deliveries, Notifier, PostedAlert } from './notifier.ts';
export { SilenceError } from './silences/silence.ts';
