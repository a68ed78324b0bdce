import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { type Running, runToEnd, startServer } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'nats');
const VERSION = 'v2.15.2';

/** A real NATS server with JetStream. */
export interface NatsServer {
  readonly url: string;
  /** Kills the server as by a power failure. */
  kill(): Promise<void>;
  /** Starts a server that was killed, with its data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server without streams. */
export async function startNats(): Promise<NatsServer> {
  await install();
  const [port = 0] = await freePorts(1);
  const data = join(DIRECTORY, `data-${port}`);
  rmSync(data, { recursive: true, force: true });
  const start = () =>
    startServer(
      [join(DIRECTORY, 'nats-server'), '-js', '-sd', data, '-a', '127.0.0.1', '-p', String(port)],
      [port],
      50,
      60_000,
    );
  let server: Running | undefined = await start();
  const kill = async () => {
    const running = server;
    server = undefined;
    if (running === undefined) return;
    const closed = new Promise((resolve) => running.child.once('close', resolve));
    running.child.kill('SIGKILL');
    await closed;
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    kill,
    async restart() {
      server = await start();
    },
    async stop() {
      await kill();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function install(): Promise<void> {
  if (existsSync(join(DIRECTORY, 'nats-server'))) return;
  mkdirSync(DIRECTORY, { recursive: true });
  const module = `github.com/nats-io/nats-server/v2@${VERSION}`;
  const { code, stderr } = await runToEnd(['go', 'install', module], { GOBIN: DIRECTORY, GOWORK: 'off' });
  if (code !== 0) throw new Error(`go install ${module} failed:\n${stderr}`);
}
