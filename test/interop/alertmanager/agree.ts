import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createNotifier,
  handleAlertmanager,
  type Notifier,
  parseAlertmanagerFile,
  renderNotificationTemplate,
} from '@otelier/alerting/notify';
import { TemplateError } from '@otelier/query/go-template';
import { createManualClock, type ManualClock } from '@otelier/testkit/clock';
import { type RecordingHttpServer, startRecordingHttpServer } from '@otelier/testkit/recording-http-server';
import { TEMPLATE_DATA } from './cases.ts';
import { groupOf, type Observed, type ObservedSuppression, payloadOf, sorted, statusOf } from './observe.ts';

/** Runs the cases with otelier and returns where it differs from what was observed of Alertmanager. */
export async function disagreements({ routes, suppressions, templates }: Observed): Promise<{
  readonly compared: number;
  readonly mismatches: readonly string[];
}> {
  const mismatches: string[] = [];
  let compared = 0;
  const check = (what: string, actual: unknown, expected: unknown): void => {
    compared += 1;
    try {
      assert.deepEqual(actual, expected);
    } catch (error) {
      mismatches.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const hook = await startRecordingHttpServer();
  const directory = mkdtempSync(join(tmpdir(), 'otelier-agree-'));
  try {
    for (const [index, { config, labels, receivers }] of routes.entries()) {
      const run = start(config, hook, join(directory, `routes${index}`));
      for (const [at, set] of labels.entries()) {
        const names = run.notifier.routesOf(set).map(({ receiver }) => receiver);
        check(`routes ${index} of ${JSON.stringify(set)}`, names.join(','), receivers[at]);
      }
      await run.notifier.close();
    }
    for (const [index, one] of suppressions.entries()) {
      const run = start(one.config, hook, join(directory, `suppression${index}`));
      await compareSuppression(one, run, hook, (what, actual, expected) =>
        check(`suppression ${index}: ${what}`, actual, expected),
      );
      await run.notifier.close();
    }
    compareTemplates(templates, check);
  } finally {
    await hook.close();
    rmSync(directory, { recursive: true, force: true });
  }
  return { compared, mismatches };
}

interface Run {
  readonly notifier: Notifier;
  readonly clock: ManualClock;
}

function start(config: string, hook: RecordingHttpServer, directory: string): Run {
  const externalUrl = 'http://am.example';
  const parsed = parseAlertmanagerFile(config.replaceAll('URL', hook.url), directory);
  if (parsed.config === undefined) throw new Error(parsed.errors.map(({ message }) => message).join('\n'));
  const clock = createManualClock();
  const log = () => undefined;
  return { clock, notifier: createNotifier({ config: parsed.config, clock, directory, externalUrl, log }) };
}

type Check = (what: string, actual: unknown, expected: unknown) => void;

async function compareSuppression(
  one: ObservedSuppression,
  { notifier, clock }: Run,
  hook: RecordingHttpServer,
  check: Check,
): Promise<void> {
  const api = async (path: string, body?: unknown) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await handleAlertmanager(
      new Request(`http://localhost/alertmanager/api/v2${path}`, init),
      notifier,
      clock.now(),
    );
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const [starts, ends] = [new Date(clock.now()), new Date(clock.now() + 600_000)];
  for (const matchers of one.silences) {
    await api('/silences', { matchers, startsAt: starts, endsAt: ends, createdBy: 'test', comment: 'test' });
  }
  const postable = one.alerts.map((labels, at) => ({
    labels,
    annotations: { summary: `alert ${at % 3}` },
    startsAt: starts,
    endsAt: ends,
  }));
  const seen = hook.requests.length;
  await api('/alerts', postable);
  await advance(clock, notifier, 4_000);
  check('first notifications', sorted(hook.requests.slice(seen).map(payloadOf)), one.first);
  check('alerts', sorted((await api('/alerts')).map(statusOf)), one.status);
  check('groups', sorted((await api('/alerts/groups')).map(groupOf)), one.groups);
  const before = hook.requests.length;
  const past = new Date(clock.now());
  await api(
    '/alerts',
    one.resolved.map((at) => ({ ...postable[at], endsAt: past })),
  );
  await advance(clock, notifier, 8_000);
  check('notifications after resolution', sorted(hook.requests.slice(before).map(payloadOf)), one.second);
}

/** Advances the clock until all notifications of that time are delivered. */
async function advance(clock: ManualClock, notifier: Notifier, millis: number): Promise<void> {
  for (let at = 0; at < millis; at += 1000) {
    await clock.advance(1000);
    while (notifier.deliveries().pending.length > 0) {
      await clock.advance(0);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

function compareTemplates(templates: Observed['templates'], check: Check): void {
  for (const [index, { type, text, result }] of templates.entries()) {
    // The program calls itself otelier and links to its own page.
    const expected = result?.replaceAll('Alertmanager', 'otelier').replaceAll('/#/alerts', '/alerts');
    check(`template ${index} (${type}) ${text}`, rendered(type, text), expected);
  }
}

/** Returns the result of a template; `undefined` for an error. */
function rendered(type: 'text' | 'html', text: string): string | undefined {
  try {
    return renderNotificationTemplate(type, text, TEMPLATE_DATA);
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}
