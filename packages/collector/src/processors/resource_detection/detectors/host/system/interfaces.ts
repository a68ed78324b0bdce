import { readdir, readFile } from 'node:fs/promises';
import * as os from 'node:os';

/** Linux interface flags. */
const UP = 1;
const LOOPBACK = 8;

interface Interface {
  readonly name: string;
  readonly index: number;
  readonly flags: number;
  readonly mac: string;
}

/** Returns the kernel's interfaces, including those without addresses, or `undefined` on systems other than Linux. */
async function linuxInterfaces(): Promise<readonly Interface[] | undefined> {
  const names = await readdir('/sys/class/net').catch(() => undefined);
  if (names === undefined) return undefined;
  const read = async (name: string, file: string): Promise<string> =>
    (await readFile(`/sys/class/net/${name}/${file}`, 'utf8').catch(() => '')).trim();
  const interfaces = await Promise.all(
    names.map(async (name) => ({
      name,
      index: Number(await read(name, 'ifindex')),
      flags: Number(await read(name, 'flags')),
      mac: await read(name, 'address'),
    })),
  );
  return interfaces.sort((a, b) => a.index - b.index);
}

/** Returns the addresses of all active non-loopback interfaces. */
export async function hostAddresses(): Promise<string[]> {
  const known = os.networkInterfaces();
  const order = (await linuxInterfaces())?.map(({ name }) => name) ?? Object.keys(known);
  return order
    .flatMap((name) => known[name] ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address);
}

/** Returns the MAC addresses of all active non-loopback interfaces: `AC-DE-48-23-45-67`. */
export async function hostMacs(): Promise<string[]> {
  const linux = await linuxInterfaces();
  const macs =
    linux === undefined
      ? Object.values(os.networkInterfaces()).flatMap((addresses) =>
          (addresses ?? []).slice(0, 1).flatMap(({ internal, mac }) => (internal ? [] : [mac])),
        )
      : linux.filter(({ flags }) => (flags & UP) !== 0 && (flags & LOOPBACK) === 0).map(({ mac }) => mac);
  return macs.map((mac) => mac.replaceAll(':', '-').toUpperCase());
}

/** Returns the names of all interfaces. */
export async function hostInterfaces(): Promise<string[]> {
  return (await linuxInterfaces())?.map(({ name }) => name) ?? Object.keys(os.networkInterfaces());
}
