import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { systemClock } from '@otelier/transport/clock';
import type { ObservedEndpoint } from '../../../packages/collector/src/component/discovery/endpoint.ts';
import { recordingReceiver } from '../../../packages/collector/src/component/discovery/observing.testing.ts';
import { dockerObserver } from '../../../packages/collector/src/extensions/docker_observer.ts';
import { dockerStats } from '../../../packages/collector/src/receivers/docker_stats.ts';
import { readOnce } from '../../../packages/collector/src/receivers/scraping/scraping.testing.ts';
import { readContainerLog } from './container-log.ts';
import { discoveredTargets } from './discovered-targets.ts';
import type { Expect } from './expectations.ts';
import { type Podman, STRICT } from './podman.ts';
import { LINES, type Recorder, startRecorder } from './recorded.ts';

/** A program whose lines are short and long; Podman splits the latter. */
const PROGRAM = `console.log('hello'); console.error('to stderr'); console.log('x'.repeat(20000));
  setInterval(() => {}, 1e9); process.on('SIGTERM', () => process.exit())`;
/** The ports that the image names, and one that is published. */
const PORTS = ['13133', '4317', '4318', '4319', '80'];
const NETWORK = 'shop';

/** Runs a container, and reads it with the components that know a container engine. */
export async function testComponents(
  podman: Podman,
  image: string,
  records: boolean,
  expect: Expect,
  log: (line: string) => void,
): Promise<void> {
  const recorder: Recorder | undefined = records ? startRecorder(podman.socket) : undefined;
  const observed = await observe(podman);
  const [port = 0] = await freePorts(1);
  await podman.run('network', 'create', NETWORK);
  const network = [`--network=${NETWORK}`, `--publish=127.0.0.1:${port}:80`];
  const options = [...network, ...STRICT, '--label=team=x', '--entrypoint=/usr/local/bin/node'];
  const id = await podman.run('run', '--detach', '--name=web', ...options, image, '-e', PROGRAM);
  try {
    await testObserver(podman, observed, port, expect, log);
    await testStats(podman, expect);
    const [target, ...others] = await discoveredTargets(`unix://${podman.socket}`);
    expect('expected one target', target !== undefined && others.length === 0, [target, ...others]);
    expect('expected its network', target?.['__meta_docker_network_name'] === NETWORK, target);
    expect('expected its port', target?.['__meta_docker_port_public'] === String(port), target);
    const path = await podman.run('inspect', '--format={{.HostConfig.LogConfig.Path}}', 'web');
    const lines = await readContainerLog(path, 2 * LINES.length);
    // Podman reads the two streams of a container one after the other.
    const ofStream = (all: readonly string[], stream: string) =>
      all.filter((line) => line.startsWith(stream)).join('\n');
    for (const stream of ['stdout', 'stderr'])
      expect(
        `expected the lines of ${stream} of both runs`,
        ofStream(lines, stream) === ofStream([...LINES, ...LINES], stream),
        lines.map((line) => line.replaceAll(/x{9,}/g, ({ length }) => `${length} x`)),
      );
    await recorder?.write(id, path);
  } finally {
    await podman.run('rm', '--force', '--volumes', '--time=0', 'web');
    await observed.close();
    await podman.run('network', 'rm', NETWORK);
    recorder?.stop();
  }
}

interface Observed {
  /** Waits for endpoints, and returns how long that took. */
  until(holds: (endpoints: readonly ObservedEndpoint[]) => boolean): Promise<number>;
  close(): Promise<void>;
}

/** Starts `docker_observer`. It reads all containers only once, so that changes come from events. */
async function observe({ socket }: Podman): Promise<Observed> {
  const { definition, endpoints } = recordingReceiver('docker_observer');
  const config = { endpoint: `unix://${socket}`, use_host_bindings: true };
  const bench = await createComponentBench(definition, {
    clock: systemClock,
    extensions: { docker_observer: { definition: dockerObserver, config } },
  });
  await bench.start();
  return {
    async until(holds) {
      const begin = performance.now();
      while (!holds([...endpoints.values()])) {
        if (performance.now() - begin > 30_000)
          throw new Error('docker_observer: the endpoints did not change in 30 s');
        await delay(2);
      }
      return performance.now() - begin;
    },
    close: () => bench.close(),
  };
}

async function testObserver(
  podman: Podman,
  observed: Observed,
  port: number,
  expect: Expect,
  log: (line: string) => void,
): Promise<void> {
  const millis: string[] = [];
  let found: readonly ObservedEndpoint[] = [];
  const until = async (what: string, holds: (endpoints: readonly ObservedEndpoint[]) => boolean) => {
    const waited = await observed.until((endpoints) => {
      found = endpoints;
      return holds(endpoints);
    });
    millis.push(`${what} ${Math.round(waited)}`);
    expect(`expected the endpoints after ${what}`, true, undefined);
  };
  const isUp = (endpoints: readonly ObservedEndpoint[]) => endpoints.length === PORTS.length;
  const isDown = (endpoints: readonly ObservedEndpoint[]) => endpoints.length === 0;
  await until('run', isUp);
  const targets = found.map(({ target }) => target);
  const own = targets.filter((target) => /^10\.\d+\.\d+\.\d+:\d+$/.test(target));
  expect('expected the published port of this machine', targets.includes(`127.0.0.1:${port}`), targets);
  expect('expected the other ports at the address of the container', own.length === PORTS.length - 1, targets);
  await podman.run('pause', 'web');
  await until('pause', isDown);
  await podman.run('unpause', 'web');
  await until('unpause', isUp);
  for (const [from, to] of [
    ['web', 'shop'],
    ['shop', 'web'],
  ] as const) {
    await podman.run('rename', from, to);
    await until('rename', (endpoints) => isUp(endpoints) && endpoints.every(({ details }) => details['name'] === to));
  }
  await podman.run('stop', 'web');
  await until('stop', isDown);
  await podman.restart();
  await podman.run('start', 'web');
  await until('a restart of the daemon and start', isUp);
  log(`docker_observer, ms after the command: ${millis.join(', ')}`);
}

async function testStats({ socket }: Podman, expect: Expect): Promise<void> {
  const cleanups: (() => unknown)[] = [];
  const context = { after: (cleanup: () => unknown) => cleanups.push(cleanup) } as unknown as TestContext;
  const metrics = { 'container.cpu.usage.usermode': { enabled: true }, 'container.pids.count': { enabled: true } };
  const lines = await readOnce(context, dockerStats, { endpoint: `unix://${socket}`, metrics, timeout: '30s' });
  for (const cleanup of cleanups) await cleanup();
  for (const name of ['cpu.usage.total', 'memory.usage.total', 'memory.usage.limit', 'pids.count'])
    expect(
      `expected container.${name} above 0`,
      lines.some((line) => line.includes(` container.${name} `) && / [1-9][\d.e+]*$/.test(line)),
      lines,
    );
  const negative = lines.filter((line) => / -\d[\d.]*$/.test(line));
  expect('expected no negative values', negative.length === 0, negative);
}
