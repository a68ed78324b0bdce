import { basename } from 'node:path';
import type { AttributeValue } from '@otelier/otlp';
import type { ProcFiles } from '../proc-files.ts';

/** Length to which the kernel cuts the names of commands. */
const COMMAND_LENGTH = 15;

/** Reads the resource attributes of processes. */
export class ProcessIdentity {
  readonly #files: ProcFiles;
  /** Names of users by their numbers, read once. */
  #users: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(files: ProcFiles) {
    this.#files = files;
  }

  /** Returns the name of a process. One that the kernel has cut is completed from the command line. */
  async name(pid: number, command: string): Promise<string> {
    if (command.length < COMMAND_LENGTH) return command;
    const [first = ''] = await this.#commandLine(pid);
    const full = basename(first);
    return full.startsWith(command) ? full : command;
  }

  /** Returns the attributes of a process that are wanted. */
  async attributes(
    pid: number,
    parentPid: number,
    name: string,
    isWanted: (attribute: string) => boolean,
  ): Promise<Readonly<Record<string, AttributeValue>>> {
    const attributes: Record<string, AttributeValue> = {};
    const add = (key: string, value: AttributeValue): void => {
      if (isWanted(key)) attributes[key] = value;
    };
    add('process.pid', BigInt(pid));
    add('process.parent_pid', BigInt(parentPid));
    add('process.executable.name', name);
    if (isWanted('process.executable.path'))
      add('process.executable.path', await this.#files.link(`/proc/${pid}/exe`).catch(() => ''));
    if (isWanted('process.command') || isWanted('process.command_line')) {
      const line = await this.#commandLine(pid);
      if (line.length > 0) {
        add('process.command', line[0] ?? '');
        add('process.command_line', line.join(' '));
      }
    }
    if (isWanted('process.owner')) {
      const owner = await this.#owner(pid);
      if (owner !== undefined) add('process.owner', owner);
    }
    if (isWanted('process.cgroup')) add('process.cgroup', await this.#cgroup(pid));
    if (isWanted('process.linux.cgroup')) add('process.linux.cgroup', await this.#cgroup(pid));
    return attributes;
  }

  async #commandLine(pid: number): Promise<string[]> {
    const text = (await this.#files.optional(`/proc/${pid}/cmdline`)) ?? '';
    return text.split('\0').filter((part) => part !== '');
  }

  async #cgroup(pid: number): Promise<string> {
    return ((await this.#files.optional(`/proc/${pid}/cgroup`)) ?? '').trimEnd();
  }

  async #owner(pid: number): Promise<string | undefined> {
    const status = (await this.#files.optional(`/proc/${pid}/status`)) ?? '';
    const user = /^Uid:\s+(\d+)/m.exec(status)?.[1];
    this.#users ??= this.#readUsers();
    return user === undefined ? undefined : (await this.#users).get(user);
  }

  async #readUsers(): Promise<ReadonlyMap<string, string>> {
    const text = (await this.#files.optional('/etc/passwd')) ?? '';
    const lines = text.split('\n').map((line) => line.split(':'));
    return new Map(lines.map(([name = '', , id = '']) => [id, name]));
  }
}
