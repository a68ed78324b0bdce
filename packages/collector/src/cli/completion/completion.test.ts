import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Argument, Command } from 'commander';
import { createProgram } from '../commands/program.ts';
import { otelier, whileRunning, withTempDirectory } from '../otelier.testing.ts';
import { complete } from './complete.ts';
import { createReadLive } from './live-values.ts';
import { splitArgs } from './split-args.ts';

const BIN = fileURLToPath(new URL('../../../bin/otelier.js', import.meta.url));

async function valuesAfter(line: string, program = createProgram()): Promise<string[]> {
  const live = {
    component: ['processors/batch'],
    edge: ['receiver:otlp>exporter:traces:nop@traces'],
    pipeline: ['traces'],
  };
  const { candidates, paths } = await complete(program, line, async (kind) => live[kind]);
  return [...candidates.map(({ value }) => value), ...(paths === undefined ? [] : [`:${paths}`])];
}

for (const [line, expected] of [
  ['otelier gra', ['graph']],
  ['otelier graph --format ', ['text', 'mermaid', 'svg', 'dot', 'json']],
  ['otelier graph --format s', ['svg']],
  ['otelier graph --format=s', ['--format=svg']],
  ['otelier graph --for', ['--format']],
  ['otelier graph --format svg --form', []],
  ['otelier graph --config ', [':files']],
  ['otelier graph --config a.yaml --conf', ['--config']],
  ['otelier journal ', ['inspect', 'replay', 'export']],
  ['otelier journal inspect ', [':directories']],
  ['otelier store verify --data ', [':directories']],
  ['otelier help journal in', ['inspect']],
  ['otelier help ex', ['export', 'exit-codes']],
  ['otelier completion ', ['bash', 'zsh', 'fish']],
  ['otelier export --signal "me', ['metrics']],
  ['otelier run --', ['--data', '--name', '--stay', '--set', '--help']],
  ['otelier run -- node --', []],
  ['otelier run node --', []],
  ['otelier __', []],
  ['otelier nonsense ', []],
  ['/usr/bin/otelier rel', ['reload']],
] as const) {
  test(`completes "${line}"`, async () => assert.deepEqual(await valuesAfter(line), [...expected]));
}

test('completes the names of components, edges and pipelines', async () => {
  const program = new Command('otelier');
  program
    .command('inspect')
    .addArgument(new Argument('<edge>'))
    .option('--component <component>')
    .option('--in <pipeline>');
  assert.deepEqual(await valuesAfter('otelier inspect ', program), ['receiver:otlp>exporter:traces:nop@traces']);
  assert.deepEqual(await valuesAfter('otelier inspect --component pro', program), ['processors/batch']);
  assert.deepEqual(await valuesAfter('otelier inspect --in ', program), ['traces']);
});

test('splits a line as a shell does', () => {
  assert.deepEqual(splitArgs(`a "b c"  'd\\' e\\ f "g\\"h`), ['a', 'b c', 'd\\', 'e f', 'g"h']);
  assert.deepEqual(splitArgs('otelier '), ['otelier', '']);
});

test('completes nothing from a process that does not respond', async () => {
  const readLive = createReadLive({ environment: { OTELIER_URL: 'http://127.0.0.1:1' } });
  assert.deepEqual(await readLive('edge', undefined), []);
});

/** Presses the tab key after a line in bash, and returns the values that bash offers. */
function inBash(directory: string, line: string, environment: Record<string, string> = {}): string[] {
  // Readline splits the line at these characters, as well as at spaces.
  const script = `
source <(otelier completion bash)
COMP_LINE=$1 COMP_POINT=\${#1}
read -ra COMP_WORDS <<< "$(sed -E 's/([:=@<>|&;()])/ \\1 /g' <<< "$1")"
[[ $1 == *[[:space:]] ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_otelier
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const PATH = [join(directory, 'bin'), process.env['PATH']].join(delimiter);
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', line], {
    cwd: directory,
    encoding: 'utf8',
    env: { HOME: directory, PATH, ...environment },
  });
  assert.equal(stderr, '');
  return stdout.split('\n').filter((value) => value !== '');
}

const HAS_BASH = spawnSync('bash', ['--version']).status === 0;

test(
  'completes commands, options, values, files and names of the running process in bash',
  { skip: !HAS_BASH && 'needs bash' },
  () =>
    withTempDirectory(async (directory) => {
      await mkdir(join(directory, 'bin'));
      await writeFile(join(directory, 'bin', 'otelier'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, {
        mode: 0o755,
      });
      await writeFile(join(directory, 'my config.yaml'), '');
      await mkdir(join(directory, 'queues'));
      assert.deepEqual(inBash(directory, 'otelier val'), ['validate']);
      assert.deepEqual(inBash(directory, 'otelier graph --format '), ['text', 'mermaid', 'svg', 'dot', 'json']);
      // Bash replaces what follows the equals sign.
      assert.deepEqual(inBash(directory, 'otelier graph --format=m'), ['mermaid']);
      assert.deepEqual(inBash(directory, 'otelier validate --config my'), ['my config.yaml']);
      assert.deepEqual(inBash(directory, 'otelier journal inspect ').sort(), ['bin', 'queues']);
    }),
);

const CONFIG = `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
exporters: {nop: {}}
extensions: {workbench: {endpoint: 127.0.0.1:0}}
service: {extensions: [workbench], pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}`;

test('reads names from the running process', () =>
  whileRunning(['--config', `yaml:${CONFIG}`], async (running) => {
    const readLive = createReadLive({ environment: {} }, 60_000);
    const url = running.address('Page and API');
    assert.deepEqual((await readLive('component', url)).toSorted(), ['exporters/nop', 'receivers/otlp']);
    assert.deepEqual(await readLive('edge', url), ['receiver:otlp>exporter:traces:nop@traces']);
    assert.deepEqual(await readLive('pipeline', url), ['traces']);
  }));

test('prints a script for each shell, and the choices for an unknown one', async () => {
  for (const [shell, start] of [
    ['zsh', /^#compdef otelier\n/],
    ['fish', /^# Completion of otelier in fish/],
  ] as const) {
    const { code, stdout } = await otelier(['completion', shell]);
    assert.equal(code, 0);
    assert.match(stdout, start);
  }
  const { code, stderr } = await otelier(['completion', 'csh']);
  assert.equal(code, 2);
  assert.match(stderr, /Allowed choices are bash, zsh, fish/);
});
