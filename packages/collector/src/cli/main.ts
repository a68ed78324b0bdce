import { Socket } from 'node:net';
import { createProgram } from './commands/program.ts';

/** Runs the command line. Each command's module is loaded on demand. */
export async function main(args: readonly string[] = process.argv): Promise<void> {
  endWithParent();
  endWithReader();
  await createProgram().parseAsync([...args]);
}

/**
 * Ends this process when its parent ends. On an old Node version, the bin script starts a second process and holds one
 * end of a pipe to it.
 */
function endWithParent(): void {
  const descriptor = process.env['OTELIER_PARENT_PIPE'];
  if (descriptor === undefined) return;
  delete process.env['OTELIER_PARENT_PIPE'];
  const pipe = new Socket({ fd: Number(descriptor), readable: true });
  pipe.on('close', () => process.kill(process.pid, 'SIGKILL'));
  pipe.resume();
  pipe.unref();
}

/** Ends the process when the reader closes standard output (`otelier export … | head`). */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}
