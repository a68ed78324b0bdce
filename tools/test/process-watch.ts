import { spawnSync } from 'node:child_process';

/** How long programs may outlive the test process that started them. */
const ORPHAN_MILLIS = 60_000;

/** Of the list of processes. */
const MAX_BYTES = 16 << 20;

interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

interface Child {
  readonly command: string;
  readonly sinceMillis: number;
  /** The programs it started, and what they started in turn. */
  descendants: readonly Running[];
  endedMillis: number | undefined;
}

/**
 * Kills child processes that run longer than a limit, and programs that outlive the child that started them. Node's test
 * runner sends SIGTERM, whose handler does not run during a loop or a synchronous wait, and then waits forever, also for
 * programs that keep the output of their test process open.
 */
export class ProcessWatch {
  readonly #limitMillis: number;
  readonly #print: (text: string) => void;
  readonly #children = new Map<number, Child>();

  constructor(limitMillis: number, print: (text: string) => void) {
    this.#limitMillis = limitMillis;
    this.#print = print;
  }

  /** Compares the running processes with the limits. */
  check(nowMillis: number): void {
    const running = new Map(listProcesses().map((each) => [each.pid, each]));
    for (const { pid, parent, command } of running.values())
      if (parent === process.pid && !this.#children.has(pid) && !command.startsWith('ps '))
        this.#children.set(pid, { command, sinceMillis: nowMillis, descendants: [], endedMillis: undefined });
    for (const [pid, child] of this.#children)
      if (running.has(pid)) this.#checkChild(pid, child, [...running.values()], nowMillis);
      else this.#checkOrphans(pid, child, running, nowMillis);
  }

  #checkChild(pid: number, child: Child, running: readonly Running[], nowMillis: number): void {
    child.descendants = descendantsOf(pid, running);
    if (nowMillis - child.sinceMillis < this.#limitMillis) return;
    this.#print(`\n✖ did not end within ${this.#limitMillis / 1000} s, killed: ${child.command}\n`);
    for (const descendant of child.descendants) kill(descendant.pid);
    kill(pid);
  }

  #checkOrphans(pid: number, child: Child, running: ReadonlyMap<number, Running>, nowMillis: number): void {
    child.endedMillis ??= nowMillis;
    const orphans = child.descendants.filter((each) => running.get(each.pid)?.command === each.command);
    if (orphans.length === 0) this.#children.delete(pid);
    else if (nowMillis - child.endedMillis >= ORPHAN_MILLIS)
      for (const orphan of orphans) {
        this.#print(`\n✖ outlived the test process that started it, killed: ${orphan.command}\n`);
        kill(orphan.pid);
      }
  }
}

function descendantsOf(pid: number, running: readonly Running[]): readonly Running[] {
  const children = running.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [...descendantsOf(child.pid, running), child]);
}

/** Returns no processes where `ps` is not installed. */
function listProcesses(): readonly Running[] {
  const { stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], {
    encoding: 'utf8',
    maxBuffer: MAX_BYTES,
  });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s*(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
