import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..', '..');
const run = promisify(execFile);

/**
 * A fresh copy of the repository with an empty home directory and, where possible, a network with only a loopback
 * interface.
 */
export interface Checkout {
  readonly directory: string;
  /** Starts a shell command in the copy. The program runs from the sources of the copy. */
  start(command: string): Running;
  /** The same, but the program is the bundle of a complete run of the tests, if there is one, which starts faster. */
  startBundled(command: string): Running;
  remove(): Promise<void>;
}

/** A running command. */
export interface Running {
  /** Returns what the command has printed to both stdout and stderr. */
  output(): string;
  /** Resolves when the output contains the text. Rejects if the command ends first. */
  prints(text: string): Promise<void>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  /** Sends a signal to the command and to all processes it has started. */
  signal(name: NodeJS.Signals): void;
}

/**
 * Copies the repository's files, including uncommitted changes. Installed packages are linked rather than downloaded
 * again.
 */
export async function createCheckout(): Promise<Checkout> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-checkout-'));
  const [copy, home] = [join(directory, 'otelier'), join(directory, 'home')];
  await mkdir(home);
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' });
  const files = listed.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
  await mkdir(copy);
  const list = join(directory, 'files');
  await writeFile(list, files.join('\0'));
  // One program for thousands of files.
  await run('sh', ['-c', 'tar -cf - -C "$1" --null -T "$2" | tar -xf -', 'sh', root, list], { cwd: copy });
  await linkPackages(join(root, 'node_modules'), join(copy, 'node_modules'));
  // `npm test` has built the page of a fresh checkout in the same way.
  const page = join('packages', 'dashboard', 'dist');
  await cp(join(root, page), join(copy, page), { recursive: true });
  // The copied lockfile is newer than the packages, so npm would install them again.
  const stamp = join(copy, 'node_modules', '.otelier-lockfile');
  await rm(stamp, { force: true });
  const lockfile = await readFile(join(copy, 'package-lock.json'));
  await writeFile(stamp, createHash('sha256').update(lockfile).digest('hex'));

  const network = await privateNetwork();
  const running = new Set<ChildProcess>();
  const start = (command: string, env: NodeJS.ProcessEnv) => {
    const shell = ['sh', '-c', command];
    const [program = '', ...args] = network === undefined ? shell : [...network.enter, ...shell];
    const child = spawn(program, args, { cwd: copy, env, detached: true });
    running.add(child);
    child.on('exit', () => running.delete(child));
    return watch(child);
  };
  const { OTELIER_PROGRAM, NODE_COMPILE_CACHE } = process.env;
  const bundled = OTELIER_PROGRAM === undefined ? {} : { OTELIER_PROGRAM, NODE_COMPILE_CACHE };
  return {
    directory: copy,
    start: (command) => start(command, environment(home)),
    startBundled: (command) => start(command, { ...environment(home), ...bundled }),
    async remove() {
      for (const child of running) signalGroup(child, 'SIGKILL');
      network?.holder.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Links each package, except for those of the workspace, whose links lead to the copy. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.name.startsWith('@')) await linkPackages(source, target);
    else if (entry.name === '.bin' || !entry.isDirectory())
      await cp(source, target, { recursive: true, verbatimSymlinks: true });
    else if (!entry.name.startsWith('.')) await symlink(source, target);
  }
}

/**
 * Creates a network namespace if the system allows it, because the documented ports may be in use on this machine. It
 * exists until its holder, which waits for the end of its input, ends.
 */
async function privateNetwork(): Promise<{ readonly holder: ChildProcess; readonly enter: string[] } | undefined> {
  const up = 'ip link set lo up';
  if (spawnSync('unshare', ['--net', 'sh', '-c', up], { stdio: 'ignore' }).status !== 0) return undefined;
  const holder = spawn('unshare', ['--net', 'sh', '-c', `${up} && echo ready && exec cat`]);
  await once(holder.stdout, 'data');
  return { holder, enter: ['nsenter', `--net=/proc/${holder.pid}/ns/net`] };
}

/** Returns the environment of a new user's login: the system's programs, and nothing from the repository. */
function environment(home: string): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));
  const kept = Object.entries(process.env).filter(([name]) => /^(LANG|LC_.*|TMPDIR|USER)$/.test(name));
  return { ...Object.fromEntries(kept), HOME: home, PATH: path.join(delimiter), NO_COLOR: '1' };
}

function watch(child: ChildProcess): Running {
  let output = '';
  const { promise: ended, resolve } = Promise.withResolvers<number | null>();
  let wake = Promise.withResolvers<void>();
  const changed = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      changed();
    });
  let isRunning = true;
  child.on('close', (code) => {
    isRunning = false;
    resolve(code);
    changed();
  });
  return {
    output: () => output,
    async prints(text) {
      while (!output.includes(text)) {
        if (!isRunning) throw new Error(`expected "${text}", got:\n${output}`);
        await wake.promise;
      }
    },
    ended,
    signal: (name) => signalGroup(child, name),
  };
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch {
    // The process has already exited.
  }
}
