import { errorMessage } from '../../../component/error-message.ts';
import type { Reading } from '../../scraping/reading.ts';
import type { NameFilter } from '../filter.ts';
import { hostGroup, type ScrapeContext, type Scraper } from '../reading.ts';

/** Which file systems are reported. */
export interface FilesystemOptions {
  readonly hasVirtual: boolean;
  readonly isDevice: NameFilter;
  readonly isType: NameFilter;
  readonly isMountPoint: NameFilter;
}

interface Mount {
  readonly device: string;
  readonly mountpoint: string;
  readonly type: string;
  readonly mode: string;
}

/** Creates the scraper of the sizes of file systems. */
export function createFilesystemScraper(context: ScrapeContext, options: FilesystemOptions): Scraper {
  const failures = new Map<string, string>();
  return async () => {
    const readings: Reading[] = [];
    for (const mount of await mountsOf(context, options)) {
      try {
        readings.push(...(await readMount(context, mount)));
        failures.delete(mount.mountpoint);
      } catch (error) {
        const reason = errorMessage(error);
        if (failures.get(mount.mountpoint) !== reason)
          context.logger.warn({ mountpoint: mount.mountpoint, reason }, 'file system left out');
        failures.set(mount.mountpoint, reason);
      }
    }
    return hostGroup(context, readings);
  };
}

async function mountsOf({ files }: ScrapeContext, options: FilesystemOptions): Promise<Mount[]> {
  const physical = new Set(physicalTypes((await files.optional('/proc/filesystems')) ?? ''));
  const text = (await files.optional('/proc/1/mountinfo')) ?? (await files.text('/proc/self/mountinfo'));
  const mounts = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [left = '', right] = line.split(' - ');
    if (right === undefined) continue;
    const [, , , , mountpoint = '', modes = ''] = left.split(' ');
    const [type = '', device = ''] = right.split(' ');
    if (!options.hasVirtual && (device === 'none' || !physical.has(type))) continue;
    const mode = modes.split(',').find((one) => one === 'rw' || one === 'ro') ?? 'unknown';
    const resolved = device.startsWith('/dev/mapper/') ? await files.realpath(device).catch(() => device) : device;
    const mount = { device: resolved, mountpoint: unescapeOctal(mountpoint), type, mode };
    const isWanted = options.isDevice(resolved) && options.isType(type) && options.isMountPoint(mount.mountpoint);
    const key = `${mount.mountpoint}\n${resolved}`;
    if (isWanted && !mounts.has(key)) mounts.set(key, mount);
  }
  return [...mounts.values()];
}

function physicalTypes(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([flag, type]) => flag === '' || type === 'zfs')
    .map(([, type = '']) => type);
}

/** Spaces and other characters in mount points are written as octal numbers. */
function unescapeOctal(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

async function readMount({ files }: ScrapeContext, mount: Mount): Promise<Reading[]> {
  const { bsize, blocks, bfree, bavail, files: inodes, ffree } = await files.statfs(mount.mountpoint);
  const { device, mode, mountpoint, type } = mount;
  const attributes = { device, mode, mountpoint, type };
  const used = (blocks - bfree) * bsize;
  const free = bavail * bsize;
  const state = (metric: string, name: string, value: number): Reading => ({
    metric,
    value,
    attributes: { ...attributes, state: name },
  });
  return [
    state('system.filesystem.usage', 'used', used),
    state('system.filesystem.usage', 'free', free),
    state('system.filesystem.usage', 'reserved', blocks * bsize - used - free),
    { metric: 'system.filesystem.utilization', value: used + free === 0 ? 0 : used / (used + free), attributes },
    state('system.filesystem.inodes.usage', 'used', inodes - ffree),
    state('system.filesystem.inodes.usage', 'free', ffree),
  ];
}
