import { join } from 'node:path';
import { createNotifier, handleAlertmanager, parseAlertmanagerConfig } from '@otelier/alerting/notify';
import type { ApiOptions, RuleGroupView, Slo } from '@otelier/query';
import { createManualClock } from '@otelier/testkit/clock';
import { DocumentFiles } from '../../../packages/collector/src/documents/document-files.ts';
import type { ReadRequest } from './requests.ts';
import { END, OTHER, OWN, SECRET } from './telemetry.ts';

/** What a process keeps of tenants besides telemetry: rules, SLOs, alerts, silences and documents. */
export interface TenantState {
  readonly options: Pick<ApiOptions, 'rules' | 'slos' | 'notifications' | 'documents'>;
  /** Requests that read it, and that the description of the API does not have. */
  readonly requests: readonly ReadRequest[];
  close(): Promise<void>;
}

/** Creates state of two tenants: what is of the other one contains the secret. */
export async function createState(directory: string): Promise<TenantState> {
  const clock = createManualClock(END);
  const documents = new DocumentFiles({
    directory: join(directory, 'documents'),
    nowMillis: () => END,
    onDamage: (message) => {
      throw new Error(message);
    },
  });
  const parsed = parseAlertmanagerConfig({ route: { receiver: 'team' }, receivers: [{ name: 'team' }] }, directory);
  if (parsed.config === undefined) throw new Error(`configuration: ${JSON.stringify(parsed.errors)}`);
  const notifier = createNotifier({
    ...{ config: parsed.config, clock, directory: join(directory, 'notifications'), externalUrl: '' },
    log: () => undefined,
  });
  const alertmanager = (path: string, tenant: string, body: unknown) =>
    handleAlertmanager(
      new Request(`http://localhost/alertmanager/api/v2${path}`, { method: 'POST', body: JSON.stringify(body) }),
      ...([notifier, END, tenant] as const),
    );
  const silences: string[] = [];
  for (const tenant of [OWN, OTHER]) {
    const text = tenant === OTHER ? SECRET : `of-${tenant}`;
    for (const kind of ['board', 'query', 'search', 'triage'] as const)
      await documents.of(tenant).save({ kind, id: 'payment', name: text, content: { text }, revision: 0 });
    await alertmanager('/alerts', tenant, [{ labels: { alertname: text, team: text }, annotations: { text } }]);
    const created = await alertmanager('/silences', tenant, {
      matchers: [{ name: 'alertname', value: text, isRegex: false }],
      ...{ startsAt: new Date(END).toISOString(), endsAt: new Date(END + 1e6).toISOString() },
      ...{ createdBy: text, comment: text },
    });
    const { silenceID } = (await created.json()) as { readonly silenceID: string };
    silences.push(silenceID);
  }
  return {
    options: {
      documents: () => documents,
      rules: () => ({ groups: () => [OWN, OTHER].map(groupOf) }),
      slos: async () => [OWN, OTHER].map(sloOf),
      notifications: () => ({
        deliveries(tenant) {
          const failed = [OWN, OTHER].map((one) => ({
            ...{ integration: 'team', groupKey: textOf(one), alerts: 1, error: '', failedAtMs: END, tenant: one },
          }));
          return { pending: [], failed: failed.filter((one) => tenant === undefined || one.tenant === tenant) };
        },
        handle: (request, tenant) => handleAlertmanager(request, notifier, END, tenant),
      }),
    },
    requests: [
      ...['/alerts', '/alerts/groups', '/silences', '/receivers', '/status'],
      ...silences.map((id) => `/silence/${id}`),
    ].map((path) => ({
      area: `/alertmanager${path.replace(/silence\/.*/, 'silence/{id}')}`,
      ...{ path: `/alertmanager/api/v2${path}`, query: {} },
    })),
    async close() {
      await notifier.close();
      await documents.close();
    },
  };
}

function textOf(tenant: string): string {
  return tenant === OTHER ? SECRET : `of-${tenant}`;
}

function groupOf(tenant: string): RuleGroupView {
  const labels = { of: textOf(tenant) };
  const times = { evaluatedAt: END, evaluationMillis: 1 };
  return {
    ...{ name: textOf(tenant), file: '', tenant, intervalMillis: 1000, limit: 0, ...times },
    rules: [
      {
        ...{ kind: 'alerting', name: textOf(tenant), query: 'up == 0', labels, health: 'ok', lastError: undefined },
        ...{ ...times, forMillis: 0, keepFiringForMillis: 0, annotations: labels },
        alerts: [{ labels, annotations: labels, state: 'firing', activeAt: END, keepFiringSince: undefined, value: 1 }],
      },
    ],
  };
}

function sloOf(tenant: string): Slo {
  return {
    ...{ name: textOf(tenant), tenant, objective: 0.9, windowMillis: 86_400_000, ratio: 1, budgetLeft: 1 },
    ...{ burnRates: [], firing: [], labels: {} },
  };
}
