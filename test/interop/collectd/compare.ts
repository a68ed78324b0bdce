import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { forEachDataPoint } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { systemClock } from '@otelier/transport';
import { prometheus } from '../../../packages/collector/src/receivers/prometheus.ts';
import type { Comparison } from '../check.ts';
import { startServer } from '../processes.ts';

const PROGRAM = '/usr/sbin/collectd';
const PLUGINS = ['cpu', 'load', 'memory', 'interface', 'df', 'processes', 'uptime', 'write_prometheus'];
/** The receiver adds them. */
const OWN = /^(up|scrape_.*)$/;
const WAIT_MILLIS = 20_000;

/** Scrapes the real collectd with the receiver `prometheus`, and compares the series with those of its page. */
export async function compareWithCollectd(): Promise<Comparison> {
  if (!existsSync(PROGRAM))
    throw new Error(`${PROGRAM} is missing: apt-get install collectd-core libprotobuf-c1 libmicrohttpd12`);
  const [port = 0] = await freePorts(1);
  const directory = join(tmpdir(), `otelier-interop-collectd-${port}`);
  mkdirSync(directory, { recursive: true });
  const config = `Hostname "web-1"
FQDNLookup false
BaseDir "${directory}"
PIDFile "${directory}/pid"
TypesDB "/usr/share/collectd/types.db"
Interval 1
${PLUGINS.map((name) => `LoadPlugin ${name}`).join('\n')}
<Plugin write_prometheus>
  Port "${port}"
  StalenessDelta 300
</Plugin>
`;
  writeFileSync(join(directory, 'collectd.conf'), config);
  const server = await startServer([PROGRAM, '-f', '-C', join(directory, 'collectd.conf')], [port]);
  const bench = await createComponentBench(prometheus, {
    clock: systemClock,
    config: {
      config: {
        scrape_configs: [
          { job_name: 'collectd', scrape_interval: '1s', static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
        ],
      },
    },
  });
  try {
    const expected = await settledPage(port);
    await bench.start();
    for (const end = performance.now() + WAIT_MILLIS; performance.now() < end; await setTimeout(100))
      if (expected.isSubsetOf(seriesOf(bench))) break;
    const received = seriesOf(bench);
    return {
      compared: expected.size,
      mismatches: [...expected.difference(received)].map((each) => `missing: ${each}`),
    };
  } finally {
    await bench.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Returns the series of the page, once two readings in a row have the same. */
async function settledPage(port: number): Promise<Set<string>> {
  let before = new Set<string>();
  for (const end = performance.now() + WAIT_MILLIS; performance.now() < end; await setTimeout(1500)) {
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const series = new Set(
      page
        .split('\n')
        .filter((line) => /^[a-z]/.test(line))
        .map(seriesOfLine),
    );
    if (series.size > 20 && series.size === before.size) return series;
    before = series;
  }
  throw new Error('expected the same series on the page twice');
}

/** Returns a series as its name and its labels in order. The target has a label `instance` as well, which wins. */
function seriesOfLine(line: string): string {
  const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
  const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => `${key}=${value}`);
  return `${name} ${pairs.map((pair) => pair.replace(/^instance=/, 'exported_instance=')).sort()}`;
}

function seriesOf({ received }: ComponentBench): Set<string> {
  const series = new Set<string>();
  for (const { parts } of received)
    for (const part of parts)
      forEachDataPoint(part, (point, { name }) => {
        if (OWN.test(name)) return;
        series.add(`${name} ${[...point.attributes].map(([key, value]) => `${key}=${value}`).sort()}`);
      });
  return series;
}
