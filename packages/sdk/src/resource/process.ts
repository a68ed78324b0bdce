import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { DetectionContext } from './detection.ts';

/** Detects the process and its runtime. */
export function detectProcess({ withArguments }: DetectionContext): Attributes {
  const { argv, execArgv, execPath, pid } = process;
  const [program, script, ...rest] = argv;
  return {
    'process.pid': pid,
    'process.executable.name': executableName(),
    'process.executable.path': execPath,
    'process.command': script,
    'process.command_args': withArguments ? [program, ...execArgv, script, ...rest] : undefined,
    'process.owner': ownerOf(),
    ...runtime(),
  };
}

/** Returns the user name. Users without a name, which occur in some containers, cause a system error. */
function ownerOf(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

function runtime(): Attributes {
  const { deno, bun, node } = process.versions;
  const [name, version, description] =
    deno !== undefined ? ['deno', deno, 'Deno'] : bun !== undefined ? ['bun', bun, 'Bun'] : ['nodejs', node, 'Node.js'];
  return {
    'process.runtime.name': name,
    'process.runtime.version': version,
    'process.runtime.description': description,
  };
}

/**
 * Returns the name of the runtime's executable, or `undefined` if it is inaccessible, as in Deno without permissions.
 */
export function executableName(): string | undefined {
  try {
    return basename(process.execPath);
  } catch {
    return undefined;
  }
}

/** Returns an ID that is unique to each process and worker thread (semantic conventions, "Service Instance"). */
export function detectService(): Attributes {
  return { 'service.instance.id': INSTANCE_ID };
}

const INSTANCE_ID = randomUUID();
