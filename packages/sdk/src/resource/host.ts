import { arch, hostname, platform, release } from 'node:os';
import type { Attributes } from '../attributes/attribute-list.ts';
import { isInContainer } from './container.ts';
import type { DetectionContext } from './detection.ts';
import { machineId } from './machine-id.ts';

/**
 * Detects the machine. In containers, `host.id` is omitted, because it comes from the image and is the same in all
 * containers.
 */
export async function detectHost(context: DetectionContext): Promise<Attributes> {
  return {
    'host.name': hostname(),
    'host.arch': ARCHITECTURES[arch()] ?? arch(),
    'host.id': (await isInContainer(context)) ? undefined : await machineId(context),
  };
}

/** Architectures with a different name in the semantic conventions (`host.arch`). */
const ARCHITECTURES: Readonly<Record<string, string>> = { arm: 'arm32', ia32: 'x86', ppc: 'ppc32', x64: 'amd64' };

/** Detects the operating system. The version is the kernel version, as in opentelemetry-js. */
export function detectOperatingSystem(): Attributes {
  return { 'os.type': TYPES[platform()] ?? platform(), 'os.version': release() };
}

/** Systems with a different name in the semantic conventions (`os.type`). */
const TYPES: Readonly<Record<string, string>> = { sunos: 'solaris', win32: 'windows', os390: 'z_os' };
