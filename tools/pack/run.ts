/**
 * Builds the published tarballs: `node tools/pack/run.ts [DIRECTORY]` (default `dist/`).
 *
 * Node does not strip types under `node_modules`, so packages are published as JavaScript: the compiler emits it with
 * declarations, `exports` are rewritten to point to it, and other files (SQL, the built page) are copied. The command line
 * runs a bundle of all packages.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { bundleProgram } from './bundle-program.ts';

const root = join(import.meta.dirname, '..', '..');
const PUBLISHED = [
  'otlp',
  'journal',
  'transport',
  'sdk',
  'store',
  'identity',
  'query',
  'alerting',
  'dashboard',
  'collector',
  'testkit',
];

const target = resolve(process.argv[2] ?? join(root, 'dist'));
const staging = mkdtempSync(join(tmpdir(), 'otelier-pack-'));
mkdirSync(target, { recursive: true });
emitJavaScript(join(staging, 'emitted'));
await bundleProgram(root, join(staging, 'program'));
const directories = PUBLISHED.map(stagePackage);
run('npm', ['pack', '--loglevel=error', '--pack-destination', target, ...directories], root);
rmSync(staging, { recursive: true, force: true });

function emitJavaScript(directory: string): void {
  const config = join(root, 'tools', 'pack', 'tsconfig.json');
  // Several checkers would each infer the types that the declarations need: twice the CPU time.
  run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', config, '--outDir', directory, '--singleThreaded'], root);
}

/** Assembles a package for publication and returns its directory. */
function stagePackage(name: string): string {
  const from = join(root, 'packages', name);
  const to = join(staging, name);
  const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  mkdirSync(to, { recursive: true });
  if (name === 'dashboard') copyBuiltPage(from, to);
  else {
    cpSync(join(staging, 'emitted', 'packages', name, 'src'), join(to, 'dist'), { recursive: true });
    for (const asset of globSync('src/**/*.{sql,yaml,json}', { cwd: from, exclude: ['**/*.testing.*'] })) {
      const destination = join(to, 'dist', asset.slice('src/'.length));
      mkdirSync(dirname(destination), { recursive: true });
      cpSync(join(from, asset), destination);
    }
    manifest.exports = publishedExports(manifest.exports);
  }
  if (name === 'collector') cpSync(join(staging, 'program'), join(to, 'program'), { recursive: true });
  if (existsSync(join(from, 'bin'))) cpSync(join(from, 'bin'), join(to, 'bin'), { recursive: true });
  delete manifest.devDependencies;
  delete manifest.scripts;
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  cpSync(join(root, 'LICENSE'), join(to, 'LICENSE'));
  const readme = existsSync(join(from, 'README.md')) ? join(from, 'README.md') : join(root, 'README.md');
  if (existsSync(readme)) cpSync(readme, join(to, 'README.md'));
  return to;
}

function copyBuiltPage(from: string, to: string): void {
  if (!existsSync(join(from, 'dist', 'index.html')))
    throw new Error('The page is not built: run "npm run build:page" first.');
  cpSync(join(from, 'dist'), join(to, 'dist'), { recursive: true });
}

/** The `exports` of a package: files by path or by condition. */
interface Exports {
  readonly [key: string]: string | Exports;
}

/** Rewrites `exports` to refer to the emitted files: `./src/x.ts` becomes the JavaScript file and its declarations. */
function publishedExports(exports: Exports): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(exports).map(([path, file]) => {
      if (typeof file !== 'string') return [path, publishedExports(file)];
      const emitted = file.replace('./src/', './dist/').replace(/\.ts$/, '');
      return [path, file.endsWith('.ts') ? { types: `${emitted}.d.ts`, default: `${emitted}.js` } : file];
    }),
  );
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed in ${cwd}`);
}
