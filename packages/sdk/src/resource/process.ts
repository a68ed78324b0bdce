import { userInfo } from 'node:os';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { DetectionContext } from './detection.ts';
import { executableName } from './executable.ts';

/** The process and the runtime in it. */
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

/** A user without a name, as containers may have, is an error of the system. */
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
