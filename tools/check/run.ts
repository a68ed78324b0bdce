/**
 * Runs all checks: format, lint, complexity, types, architecture, prose, dead code, generated files. Prints the output
 * and duration of each.
 */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const bin = join(root, 'node_modules', '.bin');
const cache = join(root, 'node_modules', '.cache', 'otelier-check');

const CHECKS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  // Repeated with a few changes, this takes a tenth of the time.
  {
    name: 'types',
    command: ['tsc', '-p', '.', '--incremental', '--tsBuildInfoFile', join(cache, 'types.tsbuildinfo')],
  },
  { name: 'format, lint and complexity', command: ['biome', 'ci', '--colors=off', '--error-on-warnings', '.'] },
  { name: 'architecture', command: ['node', '--test', '--test-reporter=dot', 'test/architecture/*.test.ts'] },
  { name: 'prose', command: ['node', 'tools/check/prose.ts'] },
  { name: 'dead code', command: ['knip', '--no-progress', '--no-config-hints'] },
  { name: 'generated is fresh', command: ['node', 'tools/generate/run.ts', '--check'] },
];

const started = Date.now();
let failures = 0;
const waiting = [...CHECKS];
await Promise.all([worker(), worker()]);
process.stdout.write(
  `\n${failures === 0 ? 'All checks pass' : `${failures} of ${CHECKS.length} checks fail`}, ${seconds(started)}\n`,
);
process.exit(failures === 0 ? 0 : 1);

async function worker(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const begun = Date.now();
    const { code, output } = await runCommand(check.command);
    if (code !== 0) failures += 1;
    process.stdout.write(`${code === 0 ? '✔' : '✖'} ${check.name} (${seconds(begun)})\n${code === 0 ? '' : output}`);
  }
}

function runCommand([command = '', ...words]: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(join(bin, command), words, {
      cwd: root,
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', (error) => resolve({ code: 1, output: `${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
