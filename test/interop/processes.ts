import { type ChildProcess, spawn } from 'node:child_process';

/** The result of a finished program. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program until it exits. */
export function runToEnd(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd?: string,
  input = '',
): Promise<Finished> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    ...(cwd === undefined ? {} : { cwd }),
  });
  child.stdin.on('error', () => {}).end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** Runs a program that must succeed, and throws with its output otherwise. */
export async function runStep(command: readonly string[], cwd?: string): Promise<void> {
  const { code, stdout, stderr } = await runToEnd(command, {}, cwd);
  if (code !== 0) throw new Error(`${command.join(' ')} failed:\n${stdout}${stderr}`);
}

/** A running server. */
export interface Running {
  readonly child: ChildProcess;
  /** Stops the server and waits until it has exited. */
  stop(): Promise<void>;
}

/** Starts a server and waits until it accepts connections on all its ports, which are polled every `pollMillis`. */
export async function startServer(
  command: readonly string[],
  ports: readonly number[],
  pollMillis = 50,
  waitMillis = 30_000,
): Promise<Running> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output = (output + chunk).slice(-4_000);
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const failed = ended.then(() => Promise.reject(new Error(`${program} exited: ${output}`)));
  failed.catch(() => {});
  try {
    for (const port of ports) await Promise.race([untilAccepting(port, pollMillis, waitMillis), failed]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    child,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function untilAccepting(port: number, pollMillis: number, waitMillis: number): Promise<void> {
  const { connect } = await import('node:net');
  const deadline = Date.now() + waitMillis;
  while (Date.now() < deadline) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, pollMillis));
  }
  throw new Error(`expected a server on port ${port}`);
}
