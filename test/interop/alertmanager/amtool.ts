import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNotifier, handleAlertmanager, parseAlertmanagerFile } from '@otelier/alerting/notify';
import { systemClock } from '@otelier/transport/clock';
import { runToEnd } from '../processes.ts';

const CONFIG = `route: { receiver: team, group_by: [alertname] }
receivers: [{ name: team }]
inhibit_rules: [{ source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [alertname] }]`;

/** Commands of amtool with what they must print. `ID` is the ID of the silence that the first command creates. */
const COMMANDS: readonly (readonly [args: readonly string[], expected: RegExp])[] = [
  [['alert', 'add', 'alertname=Down', 'severity=critical', 'instance=a', '--annotation=summary=down'], /^$/],
  [['alert', 'add', 'alertname=Down', 'severity=warning', 'instance=b'], /^$/],
  [['alert', 'query', '-o', 'extended'], /alertname="Down" instance="a" severity="critical"/],
  [['alert', 'query', '--inhibited', '-o', 'simple'], /Down/],
  [['alert', 'query', 'severity=none'], /^Alertname +Starts At +Summary +State *\n*$/],
  [['silence', 'add', '--author=me', '--comment=maintenance', '--duration=2h', 'instance=~"a|b"'], /^[\da-f-]{36}\n$/],
  [['silence', 'query'], /instance=~"a\|b"/],
  [['alert', 'query', '--silenced', '-o', 'simple'], /Down/],
  [['silence', 'update', '--comment=longer', '--duration=4h', 'ID'], /longer/],
  [['silence', 'query', '-o', 'json', 'instance=~"a|b"'], /"comment":"longer"/],
  [['silence', 'expire', 'ID'], /^$/],
  [['silence', 'query', '--expired', '-q'], /^[\da-f-]{36}\n$/],
  [['config', 'show'], /receiver: team/],
  [['config', 'routes', 'show'], /receiver: team/],
  [['config', 'routes', 'test', 'alertname=x'], /^team\n$/],
  [['cluster', 'show'], /disabled/],
];

/** Runs amtool with the API of otelier. */
export async function runAmtool(
  amtool: string,
): Promise<{ readonly compared: number; readonly mismatches: readonly string[] }> {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-amtool-'));
  const { config } = parseAlertmanagerFile(CONFIG, directory);
  if (config === undefined) throw new Error('expected a valid configuration');
  const notifier = createNotifier({
    ...{ config, clock: systemClock, directory, externalUrl: 'http://localhost' },
    log: () => undefined,
  });
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = 'GET', url = '' } = incoming;
    const body = method === 'POST' ? { body: Buffer.concat(chunks).toString() } : {};
    const request = new Request(`http://localhost${url}`, { method, ...body });
    const response = await handleAlertmanager(request, notifier, Date.now());
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alertmanager`;
  const mismatches: string[] = [];
  let id = '';
  try {
    for (const [args, expected] of COMMANDS) {
      const own = args.map((arg) => (arg === 'ID' ? id : arg));
      const { code, stdout, stderr } = await runToEnd([amtool, `--alertmanager.url=${url}`, ...own], {
        HOME: directory,
      });
      if (args[1] === 'add' && args[0] === 'silence') id = stdout.trim();
      if (code !== 0 || !expected.test(stdout)) mismatches.push(`amtool ${own.join(' ')}: ${code}: ${stdout}${stderr}`);
    }
  } finally {
    server.closeAllConnections();
    server.close();
    await notifier.close();
    rmSync(directory, { recursive: true, force: true });
  }
  return { compared: COMMANDS.length, mismatches };
}
