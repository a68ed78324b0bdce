import { platform, release } from 'node:os';
import type { Attributes } from '../attributes/attribute-list.ts';

/** The operating system; the version is that of its kernel, as in opentelemetry-js. */
export function detectOperatingSystem(): Attributes {
  return { 'os.type': TYPES[platform()] ?? platform(), 'os.version': release() };
}

/** Where the conventions have another word than Node (semantic conventions, `os.type`). */
const TYPES: Readonly<Record<string, string>> = { sunos: 'solaris', win32: 'windows', os390: 'z_os' };
