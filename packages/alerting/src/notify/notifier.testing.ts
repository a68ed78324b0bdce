import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock, type ManualClock } from '@otelier/testkit/clock';
import {
  type RecordedHttpRequest,
  type RecordedHttpResponse,
  startRecordingHttpServer,
} from '@otelier/testkit/recording-http-server';
import type { Alert } from '../alert.ts';
import { parseAlertmanagerFile } from './config/parse.ts';
import { createNotifier, type NotifierOptions } from './create-notifier.ts';
import type { NotifierEvent } from './event.ts';
import type { Notifier } from './notifier.ts';

/** A notifier under test with a receiver that records what it gets. */
export interface NotifierBench {
  readonly clock: ManualClock;
  directory: string;
  /** Directory of the configuration. */
  readonly root: string;
  readonly url: string;
  readonly requests: readonly RecordedHttpRequest[];
  readonly events: readonly NotifierEvent[];
  /** The response to the next requests. */
  response: RecordedHttpResponse;
  notifier: Notifier;
  /** Starts another notifier on the state. If the first `crashes`, the state is what is on disk at this moment. */
  restart(options?: { readonly crashes?: boolean; readonly config?: string }): Promise<void>;
  /** Sends alerts that fire or are resolved. */
  receive(...alerts: readonly Partial<Alert>[]): void;
  /** Advances the clock until all attempts of that time have their result. */
  advance(millis: number): Promise<void>;
  /** Returns the payloads that were received, and forgets them. */
  payloads(): readonly Payload[];
}

/** The payload of a webhook. */
export interface Payload {
  readonly status: string;
  readonly groupKey: string;
  readonly repeated?: boolean;
  readonly notification_reason: string;
  readonly truncatedAlerts: number;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** Creates a notifier. `config` returns an `alertmanager.yml` for the URL of the receiver. */
export async function createNotifierBench(
  t: { after(end: () => Promise<void>): void },
  config: (url: string) => string,
  limits?: NotifierOptions['limits'],
): Promise<NotifierBench> {
  const requests: RecordedHttpRequest[] = [];
  const events: NotifierEvent[] = [];
  const root = mkdtempSync(join(tmpdir(), 'otelier-notifier-'));
  const server = await startRecordingHttpServer((request) => {
    requests.push(request);
    return bench.response;
  });
  const clock = createManualClock(Date.UTC(2026, 11, 1, 12));
  let ids = 0;
  let restarts = 0;
  const create = (text: string, directory: string): Notifier => {
    const parsed = parseAlertmanagerFile(text, root);
    if (parsed.config === undefined) throw new Error(parsed.errors.map(({ message }) => message).join('\n'));
    return createNotifier({
      ...{ config: parsed.config, clock, directory, externalUrl: 'http://otelier.example' },
      log: (event) => void events.push(event),
      random: () => 0.5,
      ...(limits !== undefined && { limits }),
      createId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    });
  };
  const bench: NotifierBench = {
    ...{ clock, root, directory: join(root, '0'), url: server.url, requests, events, response: {} },
    notifier: create(config(server.url), join(root, '0')),
    async restart({ crashes = false, config: text = config(server.url) } = {}) {
      const next = join(root, String(++restarts));
      if (crashes) cpSync(bench.directory, next, { recursive: true });
      await bench.notifier.close();
      if (!crashes) cpSync(bench.directory, next, { recursive: true });
      bench.directory = next;
      bench.notifier = create(text, next);
    },
    receive(...alerts) {
      const nowMs = clock.now();
      bench.notifier.receive(
        alerts.map((alert) => alertOf(alert, nowMs)),
        nowMs,
      );
    },
    async advance(millis) {
      const end = clock.now() + millis;
      while (clock.now() < end) {
        await clock.advance(Math.min(10_000, end - clock.now()));
        await settled(bench);
      }
    },
    payloads: () => requests.splice(0).map(({ text }) => JSON.parse(text) as Payload),
  };
  t.after(async () => {
    await bench.notifier.close();
    await server.close();
    rmSync(root, { recursive: true, force: true });
  });
  return bench;
}

/** Waits until no delivery is due or in flight. */
async function settled({ notifier, clock }: NotifierBench): Promise<void> {
  const isBusy = () =>
    notifier
      .deliveries()
      .pending.some(({ nextAttemptAtMs }) => nextAttemptAtMs === undefined || nextAttemptAtMs <= clock.now());
  while (isBusy()) {
    await clock.advance(0);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function alertOf(alert: Partial<Alert>, nowMs: number): Alert {
  return {
    ...{ labels: { alertname: 'Down' }, annotations: {}, startsAtMs: nowMs, endsAtMs: undefined, updatedAtMs: nowMs },
    ...{ generatorUrl: 'http://otelier.example/rule', state: 'firing', value: 1 },
    ...alert,
  };
}

/** Returns labels of an alert with these values. */
export function labelled(alertname: string, labels: Readonly<Record<string, string>> = {}) {
  return { labels: { alertname, ...labels } };
}

/** A configuration with one webhook. */
export function webhookConfig(
  url: string,
  more: { readonly route?: string; readonly webhook?: string; readonly rest?: string } = {},
): string {
  return `route:
  receiver: hook
  ${more.route ?? 'group_by: [alertname]'}
receivers:
  - name: hook
    webhook_configs:
      - url: ${url}/hook
        ${more.webhook ?? ''}
${more.rest ?? ''}`;
}

/** A configuration with one receiver, `team`, that has these integrations. */
export function receiverConfig(integrations: string): string {
  return `route: { receiver: team, group_by: [alertname] }
receivers:
  - name: team
    ${integrations}
`;
}
