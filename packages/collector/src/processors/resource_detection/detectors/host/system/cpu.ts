import { readFile } from 'node:fs/promises';
import * as os from 'node:os';
import type { Attributes } from '../../../detector.ts';

/** ARM vendor names by number. */
const ARM_VENDORS: ReadonlyMap<number, string> = new Map([
  [0x41, 'ARM'],
  [0x42, 'Broadcom'],
  [0x43, 'Cavium'],
  [0x44, 'DEC'],
  [0x46, 'Fujitsu'],
  [0x48, 'HiSilicon'],
  [0x49, 'Infineon'],
  [0x4d, 'Motorola/Freescale'],
  [0x4e, 'NVIDIA'],
  [0x50, 'APM'],
  [0x51, 'Qualcomm'],
  [0x56, 'Marvell'],
  [0x61, 'Apple'],
  [0x69, 'Intel'],
  [0xc0, 'Ampere'],
]);

/** Returns the attributes of the first CPU. */
export async function readCpu(): Promise<Attributes> {
  const content = await readFile('/proc/cpuinfo', 'utf8').catch(() => undefined);
  if (content === undefined) return { 'host.cpu.model.name': os.cpus()[0]?.model };
  const [first = ''] = content.split(/\n\s*\n/);
  const fields = new Map<string, string>();
  for (const line of first.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  const field = (...names: readonly string[]): string | undefined =>
    names.map((name) => fields.get(name)).find((value) => value !== undefined);
  const implementer = field('CPU implementer');
  const stepping = field('stepping', 'revision', 'CPU revision');
  return {
    'host.cpu.vendor.id':
      field('vendor_id', 'vendorId') ?? (implementer === undefined ? '' : (ARM_VENDORS.get(Number(implementer)) ?? '')),
    'host.cpu.family': field('cpu family', 'marchid') ?? '',
    'host.cpu.model.id': field('model', 'CPU part', 'mimpid') || undefined,
    'host.cpu.model.name': field('model name', 'Model Name', 'cpu', 'uarch') ?? '',
    'host.cpu.stepping': String(Number.parseInt(stepping ?? '0', 10) || 0),
    'host.cpu.cache.l2.size': Number.parseInt(field('cache size') ?? '0', 10) || 0,
  };
}
