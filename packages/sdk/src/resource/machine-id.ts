import { execFile } from 'node:child_process';
import type { DetectionContext } from './detection.ts';

/** Runs a program. Resolves with its output, or `undefined` if it fails. */
type Run = (program: string, args: readonly string[]) => Promise<string | undefined>;

/** Returns the machine ID (semantic conventions, "Non-privileged Machine ID Lookup"). */
export async function machineId(
  { readFile, environment }: DetectionContext,
  platform: NodeJS.Platform = process.platform,
  run: Run = runProgram,
): Promise<string | undefined> {
  switch (platform) {
    case 'linux':
      return (
        first(LINUX_ID, await readFile('/etc/machine-id')) ??
        first(LINUX_ID, await readFile('/var/lib/dbus/machine-id'))
      );
    case 'freebsd':
    case 'netbsd':
    case 'openbsd':
      return (
        first(NON_SPACE, await readFile('/etc/hostid')) ??
        first(NON_SPACE, await run('/bin/kenv', ['-q', 'smbios.system.uuid']))
      );
    case 'darwin':
      return first(
        /"IOPlatformUUID" = "([^"]+)"/,
        await run('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']),
      );
    case 'win32': {
      const windows = environment['SystemRoot'] ?? 'C:\\Windows';
      const args = ['QUERY', 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid', '/reg:64'];
      return first(/MachineGuid\s+REG_SZ\s+(\S+)/, await run(`${windows}\\System32\\reg.exe`, args));
    }
    default:
      return undefined;
  }
}

/** Until its first boot has completed, a machine may have a placeholder instead of an ID. */
const LINUX_ID = /^([0-9a-f]{32})\s*$/;
const NON_SPACE = /^\s*(\S+)\s*$/;

function first(pattern: RegExp, text: string | undefined): string | undefined {
  return text === undefined ? undefined : pattern.exec(text)?.[1];
}

function runProgram(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: 5_000, windowsHide: true };
    execFile(program, args, options, (error, output) => resolve(error === null ? output : undefined));
  });
}
