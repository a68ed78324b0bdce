import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StateCipher } from '@otelier/journal';
import type { Clock } from '@otelier/transport/clock';
import type { Alert } from '../alert.ts';
import { tenantOfAlert } from '../tenant-label.ts';
import type { AlertmanagerConfig } from './config/model.ts';
import type { NotifierEvent } from './event.ts';
import { AlertStore } from './groups/alert-store.ts';
import { Dispatcher } from './groups/dispatcher.ts';
import { fromAlert } from './groups/stored-alert.ts';
import type { Notifier } from './notifier.ts';
import { isSilenceOf } from './of-tenant.ts';
import { createIntegration } from './receivers/create-integration.ts';
import { createRoute } from './routing/route.ts';
import { Silences } from './silences/silences.ts';
import { loadTemplates } from './templates/notification-templates.ts';

/** Options for `createNotifier`. */
export interface NotifierOptions {
  readonly config: AlertmanagerConfig;
  readonly clock: Clock;
  /** Directory of the state, which no other process uses. It is created. */
  readonly directory: string;
  /** URL at which a person reaches this program, for links in notifications. */
  readonly externalUrl: string;
  /** Called with problems: deliveries that fail, damaged files, and limits. Texts contain no secrets. */
  readonly log: (event: NotifierEvent) => void;
  /** Maximum numbers of alerts and groups. Further alerts are not sent, which is logged. Default 100,000 and 10,000. */
  readonly limits?: { readonly alerts: number; readonly groups: number };
  /** How long silences are kept after their end. Default 120 hours, as in Alertmanager. */
  readonly silenceRetentionMillis?: number;
  /** Returns a number in [0, 1), for the jitter of delays. */
  readonly random?: () => number;
  readonly createId?: () => string;
  /** Encrypts the state. Default: it is not encrypted. */
  readonly cipher?: StateCipher | undefined;
}

const DEFAULT_LIMITS = { alerts: 100_000, groups: 10_000 };
const DEFAULT_RETENTION_MILLIS = 120 * 3_600_000;

/**
 * Creates a notifier and continues what an earlier process left in the directory. Throws a `TemplateError` for a file of
 * templates that cannot be read.
 */
export function createNotifier(options: NotifierOptions): Notifier {
  const { config, clock, directory, log, cipher, random = Math.random, createId = randomUUID } = options;
  const { silenceRetentionMillis: retentionMillis = DEFAULT_RETENTION_MILLIS } = options;
  const { limits = DEFAULT_LIMITS } = options;
  const now = () => clock.now();
  const startedAtMs = now();
  const templates = loadTemplates(config.templates);
  mkdirSync(directory, { recursive: true });
  const onDamage = (message: string) =>
    log({ level: 'error', message: 'state of alerts is damaged', fields: { error: message } });
  const silences = new Silences({
    path: join(directory, 'silences'),
    now,
    createId,
    retentionMillis,
    onDamage,
    cipher,
  });
  const integrations = new Map(
    config.receivers.flatMap(({ name, integrations: configs }) =>
      configs.map((integration) => [
        `${name}/${integration.kind}[${integration.index}]`,
        { config: integration, receiver: name, send: createIntegration(integration, templates).send },
      ]),
    ),
  );
  const route = createRoute(config.route);
  const store = new AlertStore(config.inhibitRules, now, limits.alerts);
  const dispatcher = new Dispatcher({
    ...{ route, store, silences, integrations, templates, clock, log, random, createId, onDamage, cipher },
    timeIntervals: config.timeIntervals,
    externalUrl: options.externalUrl.replace(/\/$/, ''),
    directory: join(directory, 'groups'),
    resolveTimeoutMillis: config.resolveTimeoutMillis,
    maxGroups: limits.groups,
  });
  dispatcher.open();
  return {
    config,
    startedAtMs,
    silences,
    receive(alerts: readonly Alert[], nowMs: number) {
      for (const alert of alerts) {
        const stored = fromAlert(alert, nowMs, config.resolveTimeoutMillis);
        if (stored !== undefined) dispatcher.receive(stored);
      }
    },
    post: (alerts) => dispatcher.post(alerts),
    alerts: () => dispatcher.alerts(),
    groups: () => dispatcher.groups(),
    routesOf: (labels) => dispatcher.routesOf(labels),
    receivers: () => config.receivers,
    deliveries: () => dispatcher.deliveries(),
    async removeTenant(tenant) {
      await dispatcher.remove((labels) => tenantOfAlert(labels) === tenant);
      await silences.remove((silence) => isSilenceOf(silence, tenant));
    },
    async close() {
      await dispatcher.close();
      await silences.close();
    },
  };
}
