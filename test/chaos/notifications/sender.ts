import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Lifetime } from '../../e2e/gateway.ts';
import { NODE } from '../../interop/gateway.ts';

/** Sends alerts to a process with a notifier, as an evaluation of rules does: what fires is repeated, also after a restart. */
export interface Sender {
  /** Instances of the alerts so far. */
  readonly fired: readonly string[];
  /** Begins another alert. */
  fire(): void;
  /** Ends the oldest alert that fires. */
  resolve(): void;
  /** Kills the process with SIGKILL and starts another one on its state. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Alerts that fire are sent again after this time. */
const RESEND_MILLIS = 500;

/** Starts a notifier in another process. */
export async function startSender(
  lifetime: Lifetime,
  { directory, url }: { readonly directory: string; readonly url: string },
): Promise<Sender> {
  const alerts: { readonly instance: string; readonly startsAtMs: number; endsAtMs?: number }[] = [];
  let child: ChildProcess | undefined;
  const send = (list: readonly object[]) => {
    if (child?.stdin?.writable === true) child.stdin.write(`${JSON.stringify(list)}\n`);
  };
  const start = async () => {
    child = spawn(NODE, [join(import.meta.dirname, 'notifier-process.ts'), directory, url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin?.on('error', () => undefined);
    await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
    send(alerts);
  };
  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    child = undefined;
    if (ending === undefined) return;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    await exited;
  };
  await start();
  const timer = setInterval(() => send(alerts), RESEND_MILLIS);
  lifetime.after(async () => {
    clearInterval(timer);
    await end('SIGKILL');
  });
  return {
    get fired() {
      return alerts.map(({ instance }) => instance);
    },
    fire() {
      const alert = { instance: `i${alerts.length}`, startsAtMs: Date.now() };
      alerts.push(alert);
      send([alert]);
    },
    resolve() {
      const alert = alerts.find(({ endsAtMs }) => endsAtMs === undefined);
      if (alert === undefined) return;
      alert.endsAtMs = Date.now();
      send([alert]);
    },
    async kill() {
      await end('SIGKILL');
      await start();
    },
    async stop() {
      clearInterval(timer);
      await end('SIGTERM');
    },
  };
}
