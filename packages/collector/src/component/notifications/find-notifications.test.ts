import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createNotifier, parseAlertmanagerConfig } from '@otelier/alerting/notify';
import { createManualClock } from '@otelier/testkit/clock';
import type { Host } from '../host.ts';
import { findNotifications } from './find-notifications.ts';

test('serves what the extension `alerting` sends, once it has receivers', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-notifications-'));
  const clock = createManualClock();
  const { config } = parseAlertmanagerConfig({ route: { receiver: 'team' }, receivers: [{ name: 'team' }] }, directory);
  assert.ok(config !== undefined);
  const notifier = createNotifier({ config, clock, directory, externalUrl: '', log: () => undefined });
  t.after(async () => {
    await notifier.close();
    rmSync(directory, { recursive: true });
  });
  let opened: typeof notifier | undefined;
  const statuses = [
    { kind: 'extension', component: 'workbench' },
    { kind: 'extension', component: 'alerting/two' },
  ] as unknown as ReturnType<Host['statuses']>;
  const host: Pick<Host, 'statuses' | 'extension'> = {
    statuses: () => statuses,
    extension: (id) => (id === 'alerting/two' ? { offers: { kind: 'alerting', notifier: () => opened } } : undefined),
  };
  assert.equal(findNotifications(host, clock), undefined);
  opened = notifier;
  const found = findNotifications(host, clock);
  assert.deepEqual(found?.deliveries(), { pending: [], failed: [] });
  const response = await found?.handle(new Request('http://localhost/alertmanager/api/v2/receivers'));
  assert.deepEqual(await response?.json(), [{ name: 'team', labels: { name: 'team' } }]);
});
