import { arch, hostname } from 'node:os';
import type { Attributes } from '../attributes/attribute-list.ts';
import { isInContainer } from './container.ts';
import type { DetectionContext } from './detection.ts';
import { machineId } from './machine-id.ts';

/** The machine. In a container its id is left out: what a container has of one comes from its image, and is the same in all. */
export async function detectHost(context: DetectionContext): Promise<Attributes> {
  return {
    'host.name': hostname(),
    'host.arch': ARCHITECTURES[arch()] ?? arch(),
    'host.id': (await isInContainer(context)) ? undefined : await machineId(context),
  };
}

/** Where the conventions have another word than Node (semantic conventions, `host.arch`). */
const ARCHITECTURES: Readonly<Record<string, string>> = { arm: 'arm32', ia32: 'x86', ppc: 'ppc32', x64: 'amd64' };
