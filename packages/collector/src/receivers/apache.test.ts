import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { apache } from './apache.ts';
import { startPage } from './scraping/page.testing.ts';
import { readingError, readOnce, startReading, valuesOf } from './scraping/scraping.testing.ts';

receiverContract(apache, { config: { endpoint: 'http://127.0.0.1:1/server-status?auto' }, silent: true });

const PAGE = `localhost
ServerVersion: Apache/2.4.71 (Debian)
ServerUptimeSeconds: 410
Load1: 0.9
Load5: 0.4
Load15: .3
Total Accesses: 14169
Total kBytes: 20910
Total Duration: 1501
CPUUser: 3.25
CPUSystem: .75
CPUChildrenUser: 0
CPUChildrenSystem: 0.01
CPULoad: .66
BusyWorkers: 13
IdleWorkers: 227
ConnsTotal: 110
Scoreboard: S_DD_L_GGG_____W__IIII_C________________W__________________________________.........................____WR______W____W________________________C______________________________________W_W____W______________R_________R________C_________WK_W________K_____W__C__________W___R?
`;

test('reads the page of mod_status', async (t) => {
  const { url } = await startPage(t, (_, response) => response.end(PAGE));
  const lines = await readOnce(t, apache, { endpoint: `${url}?auto` });
  const port = new URL(url).port;
  const resource = `{apache.server.name=127.0.0.1,apache.server.port=${port}}`;
  assert.deepEqual([...new Set(lines.map((line) => line.split(' ')[0]))], [resource]);
  assert.deepEqual(
    lines.map((line) => line.slice(resource.length + 1)).filter((line) => !line.startsWith('apache.scoreboard')),
    [
      'apache.cpu.load gauge % {} double 0.66',
      'apache.cpu.time counter {jiff} {level=children,mode=system} double 0.01',
      'apache.cpu.time counter {jiff} {level=children,mode=user} double 0',
      'apache.cpu.time counter {jiff} {level=self,mode=system} double 0.75',
      'apache.cpu.time counter {jiff} {level=self,mode=user} double 3.25',
      'apache.current_connections sum {connections} {} int 110',
      'apache.load.1 gauge % {} double 0.9',
      'apache.load.15 gauge % {} double 0.3',
      'apache.load.5 gauge % {} double 0.4',
      'apache.request.time counter ms {} int 1501',
      'apache.requests counter {requests} {} int 14169',
      'apache.traffic counter By {} int 21411840',
      'apache.uptime counter s {} int 410',
      'apache.workers sum {workers} {state=busy} int 13',
      'apache.workers sum {workers} {state=idle} int 227',
    ],
  );
  const states = valuesOf(lines, 'apache.scoreboard').map((line) => line.split(' {workers} ')[1]);
  const board = PAGE.slice(PAGE.indexOf('Scoreboard: ') + 12).trim();
  const count = (letter: string) => board.split(letter).length - 1;
  assert.deepEqual(states, [
    `{state=closing} int ${count('C')}`,
    `{state=dnslookup} int ${count('D')}`,
    `{state=finishing} int ${count('G')}`,
    `{state=idle_cleanup} int ${count('I')}`,
    `{state=keepalive} int ${count('K')}`,
    `{state=logging} int ${count('L')}`,
    `{state=open} int ${count('.')}`,
    `{state=reading} int ${count('R')}`,
    `{state=sending} int ${count('W')}`,
    `{state=starting} int ${count('S')}`,
    '{state=unknown} int 1',
    `{state=waiting} int ${count('_')}`,
  ]);
});

test('reports lines that are no numbers, and reads the others', async (t) => {
  const { url } = await startPage(t, (_, response) =>
    response.end('Total Accesses: many\nBusyWorkers: 1\nCPULoad: \n'),
  );
  const bench = await startReading(t, apache, { endpoint: `${url}?auto` });
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.equal(
    bench.error(),
    'Apache: Total Accesses: expected a number, got "many"; CPULoad: expected a number, got ""',
  );
  assert.equal(bench.received[0]?.itemCount, 1);
});

test('reports the page for people, without resource attributes that are turned off', async (t) => {
  const { url } = await startPage(t, (_, response) => response.end('<h1>Apache Server Status</h1>'));
  assert.match(
    await readingError(t, apache, { endpoint: `${url}?auto` }),
    /expected the page of mod_status, got "<h1>/,
  );
  const other = await startPage(t, (_, response) => response.end('BusyWorkers: 1'));
  const attributes = { 'apache.server.port': { enabled: false } };
  assert.deepEqual(await readOnce(t, apache, { endpoint: `${other.url}?auto`, resource_attributes: attributes }), [
    '{apache.server.name=127.0.0.1} apache.workers sum {workers} {state=busy} int 1',
  ]);
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ endpoint: 'http://a/server-status' }, /endpoint: expected a URL with the query "auto"/],
    [{ resource_attributes: { host: {} } }, /resource_attributes.host: expected one of apache.server.name/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(apache, { config }), message);
});
