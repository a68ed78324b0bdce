import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRecordingHttpServer } from '@otelier/testkit/recording-http-server';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { runToEnd, startServer } from '../processes.ts';
import {
  type RoutingCase,
  routingCases,
  type SuppressionCase,
  suppressionCases,
  TEMPLATE_DATA,
  TEMPLATES,
} from './cases.ts';

// Builds of Alertmanager: `go install github.com/prometheus/alertmanager/cmd/amtool@v0.34.0`; for `alertmanager`, a copy
// of the module with any file in `ui/app/dist`, in which `go build ./cmd/alertmanager` runs.

/** What Alertmanager and amtool do with the cases. */
export interface Observed {
  readonly routes: readonly (RoutingCase & { readonly receivers: readonly string[] })[];
  readonly suppressions: readonly ObservedSuppression[];
  /** Results of templates; `undefined` for errors. */
  readonly templates: readonly { readonly type: 'text' | 'html'; readonly text: string; readonly result?: string }[];
}

/** The responses and notifications for alerts, without times. */
export interface ObservedSuppression extends SuppressionCase {
  readonly alerts: SuppressionCase['alerts'];
  readonly status: readonly unknown[];
  readonly groups: readonly unknown[];
  /** Payloads of the first notifications, and of those after some alerts are resolved. */
  readonly first: readonly unknown[];
  readonly second: readonly unknown[];
}

/** Runs amtool and Alertmanager, which are in a directory, with all cases. */
export async function observeAlertmanager(peers: string): Promise<Observed> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-alertmanager-'));
  try {
    const amtool = join(peers, 'amtool');
    const suppressions = Promise.all(
      suppressionCases(8).map((one, index) =>
        observeSuppression(join(peers, 'alertmanager'), one, join(directory, `am${index}`)),
      ),
    );
    const observed = await suppressions;
    return {
      routes: await observeRoutes(amtool, directory),
      suppressions: observed,
      templates: await observeTemplates(amtool, directory),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function observeRoutes(amtool: string, directory: string): Promise<Observed['routes']> {
  const observed: Observed['routes'][number][] = [];
  for (const routing of routingCases(20, 20)) {
    const file = join(directory, 'routes.yml');
    await writeFile(file, routing.config);
    const receivers: string[] = [];
    for (const labels of routing.labels) {
      const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      const { code, stdout, stderr } = await runToEnd([
        amtool,
        'config',
        'routes',
        'test',
        `--config.file=${file}`,
        ...pairs,
      ]);
      if (code !== 0) throw new Error(`amtool config routes test: ${stdout}${stderr}`);
      receivers.push(stdout.trim());
    }
    observed.push({ ...routing, receivers });
  }
  return observed;
}

async function observeTemplates(amtool: string, directory: string): Promise<Observed['templates']> {
  const data = join(directory, 'data.json');
  const glob = join(directory, 'none.tmpl');
  await writeFile(data, JSON.stringify(TEMPLATE_DATA));
  await writeFile(glob, '');
  const observed: Observed['templates'][number][] = [];
  for (const { type, text } of TEMPLATES) {
    const options = [
      `--template.glob=${glob}`,
      `--template.data=${data}`,
      `--template.type=${type}`,
      `--template.text=${text}`,
    ];
    const { code, stdout } = await runToEnd([amtool, 'template', 'render', ...options]);
    observed.push(code === 0 ? { type, text, result: stdout } : { type, text });
  }
  return observed;
}

async function observeSuppression(
  program: string,
  one: SuppressionCase,
  directory: string,
): Promise<ObservedSuppression> {
  const hook = await startRecordingHttpServer();
  const [port = 0] = await freePorts(1);
  await writeFile(`${directory}.yml`, one.config.replaceAll('URL', hook.url));
  const server = await startServer(
    [
      ...[program, `--config.file=${directory}.yml`, `--storage.path=${directory}`, '--cluster.listen-address='],
      ...[`--web.listen-address=127.0.0.1:${port}`, '--web.external-url=http://am.example', '--log.level=error'],
    ],
    [port],
  );
  try {
    const api = async (path: string, body?: unknown) => {
      const init =
        body === undefined
          ? {}
          : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      const response = await fetch(`http://127.0.0.1:${port}/api/v2${path}`, init);
      const text = await response.text();
      if (!response.ok) throw new Error(`${path}: ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    };
    const [starts, ends] = [new Date(), new Date(Date.now() + 600_000)];
    for (const matchers of one.silences) {
      await api('/silences', { matchers, startsAt: starts, endsAt: ends, createdBy: 'test', comment: 'test' });
    }
    const postable = one.alerts.map((labels, at) => ({
      labels,
      annotations: { summary: `alert ${at % 3}` },
      startsAt: starts,
      endsAt: ends,
    }));
    await api('/alerts', postable);
    await sleep(4_000);
    const first = hook.requests.map(payloadOf);
    const status = (await api('/alerts')).map(statusOf);
    const groups = (await api('/alerts/groups')).map(groupOf);
    const before = hook.requests.length;
    const past = new Date();
    await api(
      '/alerts',
      one.resolved.map((at) => ({ ...postable[at], endsAt: past })),
    );
    await sleep(8_000);
    const second = hook.requests.slice(before).map(payloadOf);
    return { ...one, status: sorted(status), groups: sorted(groups), first: sorted(first), second: sorted(second) };
  } finally {
    await server.stop();
    await hook.close();
  }
}

/** Orders what has no order of its own. */
export function sorted(values: readonly unknown[]): readonly unknown[] {
  const keyOf = (value: unknown) => JSON.stringify(value);
  return values.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Returns the parts of a notification that do not depend on the time. */
export function payloadOf({ url, text }: { readonly url: string; readonly text: string }): unknown {
  const { alerts, groupKey, status, receiver, ...payload } = JSON.parse(text);
  return {
    url,
    groupKey,
    status,
    receiver,
    version: payload.version,
    truncatedAlerts: payload.truncatedAlerts,
    reason: payload.notification_reason,
    groupLabels: inOrder(payload.groupLabels),
    commonLabels: inOrder(payload.commonLabels),
    commonAnnotations: payload.commonAnnotations,
    alerts: alerts.map((alert: { status: string; labels: Record<string, string>; fingerprint: string }) => ({
      status: alert.status,
      labels: inOrder(alert.labels),
      fingerprint: alert.fingerprint,
    })),
  };
}

interface ApiAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly fingerprint: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: {
    readonly state: string;
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
    readonly mutedBy: readonly string[];
  };
}

/** Returns the parts of an alert that do not depend on the time or on generated IDs. */
export function statusOf({ labels, fingerprint, receivers, status }: ApiAlert): unknown {
  const { state, silencedBy, inhibitedBy, mutedBy } = status;
  return {
    labels: inOrder(labels),
    fingerprint,
    receivers: receivers.map(({ name }) => name),
    status: { state, silences: silencedBy.length, isInhibited: inhibitedBy.length > 0, mutedBy },
  };
}

/** Returns the parts of a group that do not depend on the time. */
export function groupOf({
  labels,
  receiver,
  alerts,
}: {
  readonly labels: Readonly<Record<string, string>>;
  readonly receiver: { readonly name: string };
  readonly alerts: readonly ApiAlert[];
}): unknown {
  return { labels: inOrder(labels), receiver: receiver.name, alerts: alerts.map(statusOf) };
}

function inOrder(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
