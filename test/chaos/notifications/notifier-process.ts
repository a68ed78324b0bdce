/** A process with a notifier: `notifier-process.ts DIRECTORY URL`. Standard input has a list of alerts on each line. */
import { createInterface } from 'node:readline';
import { createNotifier, parseAlertmanagerConfig } from '@otelier/alerting/notify';
import { systemClock } from '@otelier/transport/clock';

const [directory = '', url = ''] = process.argv.slice(2);
const { config, errors } = parseAlertmanagerConfig(
  {
    route: {
      ...{ receiver: 'hook', group_by: ['instance'] },
      ...{ group_wait: '100ms', group_interval: '1s', repeat_interval: '1h' },
    },
    receivers: [{ name: 'hook', webhook_configs: [{ url, timeout: '2s' }] }],
  },
  directory,
);
if (config === undefined) throw new Error(errors.map(({ message }) => message).join('; '));
const notifier = createNotifier({
  ...{ config, clock: systemClock, directory, externalUrl: 'http://localhost' },
  log: () => undefined,
});
process.on('SIGTERM', () => void notifier.close().then(() => process.exit(0)));
createInterface({ input: process.stdin }).on('line', (line) => {
  const alerts = JSON.parse(line) as readonly { instance: string; startsAtMs: number; endsAtMs?: number }[];
  const nowMs = Date.now();
  notifier.receive(
    alerts.map(({ instance, startsAtMs, endsAtMs }) => ({
      ...{ labels: { alertname: 'Down', instance }, annotations: {}, startsAtMs, endsAtMs, updatedAtMs: nowMs },
      ...{ generatorUrl: '', state: endsAtMs === undefined ? 'firing' : 'resolved', value: 1 },
    })),
    nowMs,
  );
});
process.stdout.write('ready\n');
