import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Comparison } from '../check.ts';
import { buildImage } from './build.ts';
import { startContainer, type Unpacked, unpack } from './container.ts';
import { sendSpans } from './send-spans.ts';

const MAX_BYTES = 120e6;
/** Kubernetes' default for the time between SIGTERM and SIGKILL. */
const GRACE_MILLIS = 30_000;
const STARTS = 5;
const STARTED = 'Stop with Ctrl-C';

/**
 * Builds the image twice, unpacks it, and runs it in namespaces without a container engine: digests, size, users, files,
 * health checks, a stop under load, and the stored spans after it. Linux, as root, with the ports of the image free.
 */
export async function testImage(log: (line: string) => void): Promise<Comparison> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('expected Linux and root');
  const scratch = await mkdtemp(join(tmpdir(), 'otelier-image-'));
  const mismatches: string[] = [];
  let compared = 0;
  const expect = (what: string, isMet: boolean, got: unknown) => {
    compared++;
    if (!isMet) mismatches.push(`${what}, got ${JSON.stringify(got)}`);
  };
  try {
    const layouts = [join(scratch, 'one'), join(scratch, 'two')];
    for (const layout of layouts) await buildImage(layout);
    const [first = '', second = ''] = layouts.map((layout) => readFileSync(join(layout, 'index.json'), 'utf8'));
    expect('expected the same digests of two builds', first === second, [first, second]);
    const image = unpack(layouts[0] ?? '', join(scratch, 'root'));
    log(`compressed: ${(image.compressedBytes / 1e6).toFixed(1)} MB`);
    expect(`expected at most ${MAX_BYTES} bytes`, image.compressedBytes <= MAX_BYTES, image.compressedBytes);
    expect('expected no other program than Node', ...programsOf(image.directory));
    const sbom = JSON.parse(readFileSync(join(image.directory, 'app/sbom.spdx.json'), 'utf8'));
    const listed = new Set(sbom.packages.map(({ name }: { readonly name: string }) => name));
    const missing = installedIn(image.directory).filter((name) => !listed.has(name));
    expect('expected all packages in the bill of materials', missing.length === 0, missing);
    await testUser(image, scratch, expect);
    await testService(image, scratch, expect, log);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return { compared, mismatches };
}

type Expect = (what: string, isMet: boolean, got: unknown) => void;

function programsOf(directory: string): [boolean, readonly string[]] {
  const programs = globSync('{bin,sbin,usr/bin,usr/sbin,usr/local/bin,usr/local/sbin}/*', { cwd: directory });
  return [programs.join() === 'usr/local/bin/node', programs];
}

function installedIn(directory: string): readonly string[] {
  const manifests = globSync('app/node_modules/{*,@*/*}/package.json', { cwd: directory });
  return manifests
    .map((path) => JSON.parse(readFileSync(join(directory, path), 'utf8')).name as string)
    .filter((name) => !name.startsWith('@otelier/'));
}

async function testUser(image: Unpacked, scratch: string, expect: Expect): Promise<void> {
  const script = `const fs = require('node:fs');
    const write = (path) => { try { fs.writeFileSync(path, ''); return 'written'; } catch (error) { return error.code; } };
    console.log(JSON.stringify([process.getuid(), process.getgid(), write('/app/x'), write('/data/x'), write('/tmp/x')]));`;
  const node = ['/usr/local/bin/node', '-e', script];
  const { output } = await toEnd(startContainer(image, join(scratch, 'user'), node, { entrypoint: false }));
  const expected = '[65532,65532,"EROFS","written","written"]';
  expect(`expected the user, a read-only root and writable data: ${expected}`, output.trim() === expected, output);
}

async function testService(
  image: Unpacked,
  scratch: string,
  expect: Expect,
  log: (line: string) => void,
): Promise<void> {
  const data = join(scratch, 'data');
  const starts: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const begin = performance.now();
    const running = await started(startContainer(image, join(scratch, `start-${i}`)));
    starts.push(performance.now() - begin);
    await running.stop();
  }
  log(`starts in ${starts.map((millis) => Math.round(millis)).join(', ')} ms`);
  const running = await started(startContainer(image, data));
  const [, ...check] = image.config.Healthcheck.Test;
  const healthy = await toEnd(startContainer(image, join(scratch, 'health'), check, { entrypoint: false }));
  expect('expected the health check by exec to succeed', healthy.code === 0, healthy);
  const { status } = await fetch('http://127.0.0.1:13133/status');
  expect('expected the health check over HTTP to succeed', status === 200, status);
  const page = await fetch('http://127.0.0.1:4319/');
  expect('expected the page', (await page.text()).includes('<title>'), page.status);
  const sending = sendSpans();
  await sending.untilAccepted(200);
  const begin = performance.now();
  const code = await running.stop();
  const stopMillis = performance.now() - begin;
  const accepted = await sending.end();
  log(`stopped under load in ${Math.round(stopMillis)} ms with code ${code}; ${accepted} spans accepted`);
  expect('expected a stop within the grace period, with code 0', code === 0 && stopMillis < GRACE_MILLIS, [
    code,
    stopMillis,
  ]);
  const unhealthy = await toEnd(startContainer(image, join(scratch, 'health'), check, { entrypoint: false }));
  expect('expected the health check by exec to fail after the stop', unhealthy.code === 1, unhealthy);
  const query = ['query', '--json', '--data', '/data', 'SELECT count(*)::INTEGER AS n FROM spans'];
  const { output } = await toEnd(startContainer(image, data, query));
  const stored = JSON.parse(output)[0].n;
  expect(`expected at least the ${accepted} accepted spans in the store`, stored >= accepted, stored);
}

/** Waits until the program serves. `stop` sends SIGTERM to it, which is process 1 of its namespace. */
async function started(child: ChildProcess): Promise<{ stop(): Promise<number> }> {
  let output = '';
  const ended = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes(STARTED)) resolve();
      });
    void ended.then(() => reject(new Error(`the container did not start:\n${output}`)));
  });
  return {
    async stop() {
      const [init = ''] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
      process.kill(Number(init), 'SIGTERM');
      const [code] = await ended;
      return code ?? -1;
    },
  };
}

async function toEnd(child: ChildProcess): Promise<{ readonly code: number | null; readonly output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = await once(child, 'close');
  return { code, output };
}
