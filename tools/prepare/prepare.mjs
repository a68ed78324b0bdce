// Prepares a fresh checkout for `npm start` and `npm test`: installs packages if they are missing or older than the
// lockfile and, with `--page`, builds the page if it is missing or older than its sources. Plain JavaScript without
// dependencies that runs on Node.js 18 and later, because nothing else is installed yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const modules = join(root, 'node_modules');
const pinnedNode = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

prepare();

function prepare() {
  if (packagesAreStale()) installPackages();
  if (process.argv.includes('--page') && pageIsStale()) buildPage();
}

function packagesAreStale() {
  const installed = join(modules, '.package-lock.json');
  if (!existsSync(installed)) return true;
  const stamp = join(modules, '.otelier-lockfile');
  const stamped = existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined;
  if (stamped === lockfileHash()) return false;
  // Packages installed manually after the lockfile was written are also up to date.
  return statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs;
}

function installPackages() {
  run('Installing packages (npm ci)', () => {
    const npm = process.env.npm_execpath;
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    return npm?.endsWith('.js')
      ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: 'inherit' })
      : spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  });
  writeFileSync(join(modules, '.otelier-lockfile'), lockfileHash());
}

function lockfileHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function pageIsStale() {
  const built = join(root, 'packages', 'dashboard', 'dist', 'index.html');
  if (!existsSync(built)) return true;
  const sources = [
    'packages/dashboard/src',
    'packages/dashboard/public',
    'packages/dashboard/index.html',
    'packages/dashboard/vite.config.ts',
    'packages/query/src/api',
  ];
  return sources.some((source) => newest(join(root, source)) > statSync(built).mtimeMs);
}

function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs);
}

function buildPage() {
  run('Building the page (Vite)', () =>
    spawnSync(
      existsSync(pinnedNode) ? pinnedNode : process.execPath,
      [join(modules, 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
      {
        cwd: join(root, 'packages', 'dashboard'),
        stdio: 'inherit',
        shell: process.platform === 'win32',
      },
    ),
  );
}

function run(what, step) {
  const started = Date.now();
  process.stderr.write(`${what} …\n`);
  const { status, error } = step();
  if (status !== 0) {
    process.stderr.write(
      `${what} failed${error ? `: ${error.message}` : ''}. Fix the error above and run the command again.\n`,
    );
    process.exit(status ?? 1);
  }
  process.stderr.write(`${what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
