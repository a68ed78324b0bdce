import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Finished, runToEnd } from '../processes.ts';

/** A Podman with a storage of its own. */
export interface Podman {
  /** Socket of the API of Docker. */
  readonly socket: string;
  /** Runs a command of Podman, whatever its status. */
  try(...args: readonly string[]): Promise<Finished>;
  /** Runs a command of Podman, and returns its output. Throws if it fails. */
  run(...args: readonly string[]): Promise<string>;
  /** Ends the service of the API, and starts it again. Containers keep running. */
  restart(): Promise<void>;
  /** Removes all containers, and ends the service. */
  stop(): Promise<void>;
}

/** As strict as the image allows. */
export const STRICT = ['--read-only', '--cap-drop=all', '--security-opt=no-new-privileges'];

/** Removes the limits of resources, which a container engine inside of a container cannot raise. */
const CRUN = `#!/bin/sh
previous=
for argument; do
  case $previous in
    -b|--bundle) file=$argument/config.json ;;
    -p|--process) file=$argument ;;
    *) file= ;;
  esac
  if [ -n "$file" ]; then sed -i 's/,"rlimits":\\[[^]]*\\]//' "$file"; fi
  previous=$argument
done
exec crun "$@"
`;
/** With control groups of both versions mounted, Podman would use the second, which has no controllers then. */
const ENTER = 'if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi; exec "$@"';

/** Starts Podman with its storage in a directory, in a mount namespace of its own. Linux, as root. */
export async function startPodman(directory: string): Promise<Podman> {
  for (const program of ['podman', 'crun', 'unshare', 'nsenter']) requireProgram(program);
  if (process.getuid?.() !== 0) throw new Error('expected root, to start containers');
  const runtime = join(directory, 'bin', 'crun');
  await mkdir(join(directory, 'bin'), { recursive: true });
  await writeFile(runtime, CRUN, { mode: 0o755 });
  const socket = join(directory, 'api.sock');
  const places = ['--root', join(directory, 'storage'), '--runroot', join(directory, 'run')];
  const drivers = ['--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--events-backend', 'file'];
  const podman = ['podman', ...places, '--tmpdir', join(directory, 'tmp'), ...drivers, '--runtime', runtime];
  const service = [...podman, 'system', 'service', '--time', '0', `unix://${socket}`];
  // The namespace stays while the service is started again.
  const holder = spawn('unshare', ['--mount', 'sh', '-c', ENTER, 'sh', 'sleep', 'infinity'], { stdio: 'ignore' });
  const inside = ['nsenter', '--target', String(holder.pid), '--mount'];
  const serve = async () => {
    const [program = '', ...args] = [...inside, ...service];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    while (!(await accepts(socket))) {
      if (child.exitCode !== null) throw new Error('the service of Podman ended');
      await delay(50);
    }
    return async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    };
  };
  while (!(await isInside(holder.pid))) await delay(20);
  let end = await serve();
  const attempt = (...args: readonly string[]) => runToEnd([...inside, ...podman, ...args]);
  return {
    socket,
    try: attempt,
    async run(...args) {
      const { code, stdout, stderr } = await attempt(...args);
      if (code !== 0) throw new Error(`podman ${args.join(' ')} failed: ${stderr}`);
      return stdout.trim();
    },
    async restart() {
      await end();
      end = await serve();
    },
    async stop() {
      await attempt('rm', '--all', '--force', '--volumes', '--time', '0');
      await end();
      holder.kill('SIGKILL');
    },
  };
}

function requireProgram(program: string): void {
  if (spawnSync(program, ['--version']).error !== undefined)
    throw new Error(
      `${program} is missing: apt-get install --no-install-recommends podman crun containernetworking-plugins iptables`,
    );
}

async function isInside(pid: number | undefined): Promise<boolean> {
  const { stdout } = await runToEnd(['cat', `/proc/${pid}/comm`]);
  return stdout.trim() === 'sleep';
}

async function accepts(socket: string): Promise<boolean> {
  if (!existsSync(socket)) return false;
  const { code } = await runToEnd(['curl', '-s', '--max-time', '2', '--unix-socket', socket, 'http://docker/_ping']);
  return code === 0;
}
