import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Comparison } from '../check.ts';
import { buildImage } from '../image/build.ts';
import { sendSpans } from '../image/send-spans.ts';
import { testComponents } from './components.ts';
import { checked, type Expect } from './expectations.ts';
import { type Podman, STRICT, startPodman } from './podman.ts';

/** Name of the image in the engine. */
const IMAGE = 'localhost/otelier:local';
const GRACE_SECONDS = 30;
const HEALTH = '["/usr/local/bin/node","/app/node_modules/otelier/bin/otelier.js","health"]';

/**
 * Runs the image in Podman, and the components that read a container engine against it. Linux, as root, with podman and
 * crun and the ports of the image free. `records` writes the engine's responses, which `npm test` replays.
 */
export async function testEngine(
  records: boolean,
  report: (what: string, compared: Comparison) => void,
  log: (line: string) => void,
): Promise<void> {
  // Podman makes the name of an image of the path, which must not have capital letters.
  const directory = join(tmpdir(), `otelier-engine-${process.pid}`);
  await mkdir(directory);
  let podman: Podman | undefined;
  try {
    podman = await startPodman(directory);
    const layout = join(directory, 'layout');
    const digests = await buildImage(layout);
    const engine = podman;
    report('the image, in Podman', await checked((expect) => testImage(engine, layout, digests, expect, log)));
    report('components, with Podman', await checked((expect) => testComponents(engine, IMAGE, records, expect, log)));
  } finally {
    await podman?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Loads the image from a layout, and tests it. */
async function testImage(
  podman: Podman,
  layout: string,
  digests: readonly string[],
  expect: Expect,
  log: (line: string) => void,
): Promise<void> {
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const tag = manifests[0].annotations['org.opencontainers.image.ref.name'];
  const id = await podman.run('pull', '--quiet', `oci:${layout}:${tag}`);
  await podman.run('tag', id, IMAGE);
  const seen = JSON.parse(await podman.run('image', 'inspect', IMAGE))[0].RepoDigests as readonly string[];
  for (const digest of digests)
    expect(
      `expected the digest ${digest}`,
      seen.some((each) => each.endsWith(`@${digest}`)),
      seen,
    );
  const options = ['--network=host', ...STRICT, `--health-cmd=${HEALTH}`, `--stop-timeout=${GRACE_SECONDS}`];
  const begin = performance.now();
  await podman.run('run', '--detach', '--name=otelier', ...options, IMAGE);
  const untilHealthy = async (): Promise<void> => {
    for (;;) {
      const { status } = await fetch('http://127.0.0.1:13133/status').catch(() => ({ status: 0 }));
      if (status === 200) return;
      if ((await stateOf(podman, 'otelier')).Status !== 'running')
        throw new Error(`the container ended: ${(await podman.try('logs', 'otelier')).stderr}`);
    }
  };
  await untilHealthy();
  log(`healthy over HTTP ${Math.round(performance.now() - begin)} ms after the start of podman run`);
  const health = await podman.try('healthcheck', 'run', 'otelier');
  expect('expected the health check by exec to succeed', health.code === 0, health);
  const { Health } = await stateOf(podman, 'otelier');
  expect('expected the state healthy', Health?.Status === 'healthy', Health);
  const script = `const fs = require('node:fs');
    const write = (path) => { try { fs.writeFileSync(path, ''); return 'written'; } catch (error) { return error.code; } };
    const status = fs.readFileSync('/proc/1/status', 'utf8');
    const capabilities = ['CapPrm', 'CapEff', 'CapBnd'].map((name) => Number('0x' + status.split(name + ':')[1].trim().split('\\n')[0]));
    console.log(JSON.stringify([process.getuid(), process.getgid(), ...capabilities, write('/app/x'), write('/data/x'), write('/tmp/x')]));`;
  const inside = await podman.run('exec', 'otelier', '/usr/local/bin/node', '-e', script);
  const expected = '[65532,65532,0,0,0,"EROFS","written","written"]';
  expect(
    `expected the user, no capabilities, a read-only root and writable data: ${expected}`,
    inside === expected,
    inside,
  );
  const sending = sendSpans();
  await sending.untilAccepted(500);
  const stop = performance.now();
  await podman.run('stop', 'otelier');
  const stopMillis = performance.now() - stop;
  const accepted = await sending.end();
  const { ExitCode } = await stateOf(podman, 'otelier');
  log(`podman stop under load took ${Math.round(stopMillis)} ms, code ${ExitCode}; ${accepted} spans accepted`);
  expect('expected a stop within the grace period, with code 0', ExitCode === 0 && stopMillis < GRACE_SECONDS * 1000, [
    ExitCode,
    stopMillis,
  ]);
  const query = ['query', '--json', '--data', '/data', 'SELECT count(*)::INTEGER AS n FROM spans'];
  const rows = await podman.run('run', '--rm', '--volumes-from=otelier', '--network=none', ...STRICT, IMAGE, ...query);
  const stored = JSON.parse(rows)[0].n;
  expect(`expected at least the ${accepted} accepted spans in the store`, stored >= accepted, stored);
  log(`${stored} spans stored`);
  await podman.run('rm', '--volumes', 'otelier');
}

interface State {
  readonly Status: string;
  readonly ExitCode: number;
  readonly Health?: { readonly Status?: string };
}

async function stateOf(podman: Podman, name: string): Promise<State> {
  return JSON.parse(await podman.run('inspect', '--format={{json .State}}', name));
}
