import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** The process of a socket. */
export interface SocketOwner {
  readonly pid: number;
  readonly name: string;
  /** The command line, with spaces between arguments. */
  readonly command: string;
}

/** Maximum length of a command line that is kept. */
const MAX_COMMAND = 4096;

/**
 * Finds the processes of sockets by their inodes in the descriptors of all processes of a proc file system. Processes whose
 * descriptors may not be read are left out.
 */
export async function findSocketOwners(
  proc: string,
  inodes: ReadonlySet<string>,
): Promise<ReadonlyMap<string, SocketOwner>> {
  const owners = new Map<string, SocketOwner>();
  for (const entry of await readdir(proc)) {
    if (owners.size === inodes.size) break;
    if (!/^\d+$/.test(entry)) continue;
    const own = (await socketsOf(proc, entry)).filter((inode) => inodes.has(inode));
    if (own.length === 0) continue;
    const owner = await describe(proc, entry);
    for (const inode of own) if (!owners.has(inode)) owners.set(inode, owner);
  }
  return owners;
}

async function socketsOf(proc: string, pid: string): Promise<readonly string[]> {
  const directory = join(proc, pid, 'fd');
  const descriptors = await readdir(directory).catch(() => []);
  const sockets: string[] = [];
  for (const descriptor of descriptors) {
    // The process may have closed it, or have ended.
    const target = await readlink(join(directory, descriptor)).catch(() => '');
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
    if (inode !== undefined) sockets.push(inode);
  }
  return sockets;
}

async function describe(proc: string, pid: string): Promise<SocketOwner> {
  const read = (file: string) => readFile(join(proc, pid, file), 'utf8').catch(() => '');
  const [name, command] = [await read('comm'), await read('cmdline')];
  return {
    pid: Number(pid),
    name: wholeName(name.trimEnd(), command),
    command: command.replace(/\0+$/, '').replaceAll('\0', ' ').slice(0, MAX_COMMAND),
  };
}

/** The system keeps 15 bytes of a name. The command has the whole one, unless the process has changed it. */
function wholeName(name: string, command: string): string {
  if (Buffer.byteLength(name) < 15) return name;
  const program = basename(command.split('\0', 1)[0] ?? '');
  return program.startsWith(name) ? program : name;
}
