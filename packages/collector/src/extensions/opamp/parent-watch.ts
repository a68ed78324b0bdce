import type { ComponentContext } from '../../component/contract.ts';
import { every, type PeriodicTask } from '../../component/every.ts';

/** Ends this process when its supervisor has ended, as the Collector does with `ppid`. */
export class ParentWatch {
  readonly #task: PeriodicTask | undefined;

  constructor(
    { ppid, ppidPollInterval }: { readonly ppid: number; readonly ppidPollInterval: number },
    context: ComponentContext,
  ) {
    if (ppid === 0) return;
    let isEnding = false;
    this.#task = every(context, Math.max(ppidPollInterval, 1), () => {
      if (isEnding || isAlive(ppid)) return;
      isEnding = true;
      context.logger.error({ ppid }, 'the process `ppid` has ended, stopping');
      process.kill(process.pid, 'SIGTERM');
    });
  }

  start(): void {
    void this.#task?.start();
  }

  shutdown(): void {
    void this.#task?.shutdown();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user exists, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
