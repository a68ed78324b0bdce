import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Comparison, compare, type Sent } from './check.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { runToEnd } from './processes.ts';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const PACKAGES = ['otlp', 'journal', 'transport', 'sdk'];

/** A configuration of the client library. */
interface Way {
  readonly name: string;
  readonly protocol: 'grpc' | 'http/protobuf' | 'http/json';
  /** Whether to use the browser and edge build, which sends with `fetch`. */
  readonly byFetch?: boolean;
  readonly hasBuffer?: boolean;
}

const WAYS: readonly Way[] = [
  { name: 'grpc', protocol: 'grpc' },
  { name: 'http/protobuf', protocol: 'http/protobuf' },
  { name: 'http/json', protocol: 'http/json' },
  { name: 'fetch', protocol: 'http/protobuf', byFetch: true },
  { name: 'disk buffer', protocol: 'http/protobuf', hasBuffer: true },
];

/**
 * Runs the same program with the published client library, as installed by npm, in Node, Deno and Bun over every
 * transport, and compares what arrives.
 */
export async function testRuntimes(
  count: number,
  report: (what: string, comparison: Comparison) => void,
): Promise<void> {
  const directory = await installPublished();
  const bin = join(directory, 'node_modules', '.bin');
  const runtimes = [
    { name: 'Node', command: [process.execPath] },
    { name: 'Deno', command: [join(bin, 'deno'), 'run', '--allow-all'], version: [join(bin, 'deno'), '--version'] },
    { name: 'Bun', command: [join(bin, 'bun'), 'run'], version: [join(bin, 'bun'), '--version'] },
  ];
  for (const { name, command, version = [process.execPath, '--version'] } of runtimes) {
    const { stdout } = await runToEnd(version);
    const number = /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'of unknown version';
    const gateway = await startGateway();
    const runs: { readonly way: Way; readonly service: string; readonly sent: readonly Sent[] }[] = [];
    for (const way of WAYS) {
      const service = `${name}-${way.name}`;
      runs.push({ way, service, sent: await send([...command, 'main.mjs'], directory, way, service, gateway, count) });
    }
    const { memory } = await gateway.stop();
    for (const { way, service, sent } of runs) {
      report(`client library on ${name} ${number}, ${way.name}`, compare(sent, service, memory));
    }
  }
}

/** Creates a directory outside the repository with the runtimes and the published library. */
async function installPublished(): Promise<string> {
  const directory = join(tmpdir(), 'otelier-interop-runtimes');
  const tarballs = join(directory, 'tarballs');
  // npm caches tarballs by version, even if their contents differ.
  for (const old of ['tarballs', 'package-lock.json', 'node_modules/@otelier', 'buffers']) {
    await rm(join(directory, old), { recursive: true, force: true });
  }
  await mkdir(tarballs, { recursive: true });
  await step([process.execPath, join(root, 'tools', 'pack', 'run.ts'), tarballs], root);
  const files = (await readdir(tarballs)).filter((file) =>
    PACKAGES.some((name) => file.startsWith(`otelier-${name}-`)),
  );
  await writeFile(join(directory, 'package.json'), '{"private":true,"type":"module"}');
  const packages = [...files.map((file) => join(tarballs, file)), '@opentelemetry/api', 'deno', 'bun'];
  await step(['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], directory);
  await copyFile(join(here, 'sdks', 'otelier', 'main.mjs'), join(directory, 'main.mjs'));
  return directory;
}

async function send(
  command: readonly string[],
  directory: string,
  { protocol, byFetch, hasBuffer }: Way,
  service: string,
  gateway: Gateway,
  count: number,
): Promise<readonly Sent[]> {
  const environment = {
    INTEROP_PROTOCOL: protocol,
    INTEROP_ENDPOINT: `http://127.0.0.1:${protocol === 'grpc' ? gateway.grpc : gateway.http}`,
    INTEROP_SERVICE: service,
    INTEROP_COUNT: String(count),
    ...(byFetch ? { INTEROP_ENTRY: './node_modules/@otelier/sdk/dist/browser.js' } : {}),
    ...(hasBuffer ? { INTEROP_BUFFER: join(directory, 'buffers', service) } : {}),
  };
  const { code, stdout, stderr } = await runToEnd(command, environment, directory);
  if (code !== 0) throw new Error(`${command.join(' ')} failed for ${service}:\n${stderr}`);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Sent);
}

async function step(command: readonly string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await runToEnd(command, {}, cwd);
  if (code !== 0) throw new Error(`${command.join(' ')} failed:\n${stdout}${stderr}`);
}
