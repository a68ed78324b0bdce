import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The parts of an image's configuration that a runtime uses. */
interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Healthcheck: { readonly Test: readonly string[] };
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string };
}

/** An image of a layout, unpacked into a directory. */
export interface Unpacked {
  readonly directory: string;
  readonly config: ImageConfig;
  readonly compressedBytes: number;
}

/** Reads a blob of an OCI layout. */
function read(layout: string, { digest }: Descriptor) {
  return JSON.parse(readFileSync(blob(layout, digest), 'utf8'));
}

function blob(layout: string, digest: string): string {
  return join(layout, 'blobs', ...digest.split(':'));
}

/** Unpacks the image of this machine's architecture. Needs root, because files belong to two users. */
export function unpack(layout: string, directory: string): Unpacked {
  const index = read(layout, JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')).manifests[0]);
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const manifests: readonly Descriptor[] = index.manifests;
  const found = manifests.find(({ platform }) => platform?.architecture === architecture);
  if (found === undefined) throw new Error(`expected an image for ${architecture}`);
  const manifest = read(layout, found);
  const layers: readonly Descriptor[] = manifest.layers;
  mkdirSync(directory, { recursive: true });
  for (const { digest } of layers) {
    const { status } = spawnSync('tar', ['-xpzf', blob(layout, digest), '--numeric-owner', '-C', directory]);
    if (status !== 0) throw new Error(`tar failed for ${digest}`);
  }
  return {
    directory,
    config: read(layout, manifest.config).config,
    compressedBytes: layers.reduce((sum, { size }) => sum + size, 0),
  };
}

/** Mounts the root read-only, with the data and a few devices, as container runtimes do, and runs the command in it. */
const ENTER = `set -e
mount --bind "$ROOT" "$ROOT"
mount --bind "$DATA" "$ROOT/data"
mount -o remount,ro,bind "$ROOT"
mount -t tmpfs -o mode=1777 tmpfs "$ROOT/tmp"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs tmpfs "$ROOT/dev"
for device in null urandom; do touch "$ROOT/dev/$device"; mount --bind "/dev/$device" "$ROOT/dev/$device"; done
cd "$ROOT/data"
exec env -i $VARIABLES /usr/sbin/chroot --userspec="$OWNER" "$ROOT" "$@"`;

/**
 * Starts a command in namespaces of its own (mounts and processes), as the image's user with its environment. The
 * network is that of the machine. `command` replaces `Cmd`, or with `entrypoint: false` all.
 */
export function startContainer(
  { directory, config }: Unpacked,
  data: string,
  command: readonly string[] = config.Cmd,
  { entrypoint = true }: { readonly entrypoint?: boolean } = {},
): ChildProcess {
  const [user = '', group = ''] = config.User.split(':');
  mkdirSync(data, { recursive: true });
  chownSync(data, Number(user), Number(group));
  const args = [...(entrypoint ? config.Entrypoint : []), ...command];
  return spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child=SIGTERM', 'sh', '-c', ENTER, 'sh', ...args], {
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      ROOT: directory,
      DATA: data,
      OWNER: config.User,
      VARIABLES: config.Env.join(' '),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
