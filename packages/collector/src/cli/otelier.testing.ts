import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ACCEPTED } from '@otelier/otlp';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import type { Console } from './console.ts';

const BIN = fileURLToPath(new URL('../../bin/otelier.js', import.meta.url));

/** Maximum running time of a process. */
const TIMEOUT_MILLIS = 600_000;

/** The directory whose `node_modules` contains the official instrumentation. */
export const WORKSPACE = fileURLToPath(new URL('../../../../', import.meta.url));

/** Settings that replace the fixed ports of the built-in configuration, so that tests can run in parallel. */
export const FREE_PORTS = [
  'receivers.otlp.protocols.grpc.endpoint=127.0.0.1:0',
  'receivers.otlp.protocols.http.endpoint=127.0.0.1:0',
  'extensions.workbench.endpoint=127.0.0.1:0',
].flatMap((setting) => ['--set', setting]);

/** The result of a process that has exited. */
export interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running otelier process. */
export interface Running {
  readonly stdout: string;
  readonly stderr: string;
  /** Returns the address that the banner prints after a label such as `OTLP/gRPC`. */
  address(label: string): string;
  /** Resolves when standard output contains a text. Fails if the process exits before. */
  waitForOutput(text: string): Promise<void>;
  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process has exited. */
  readonly ended: Promise<Ended>;
  /** Sends SIGINT. */
  stop(): Promise<Ended>;
}

interface Surroundings {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs the command line until it exits. */
export function otelier(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  return new Watched(args, surroundings).ended;
}

/** Runs a command in this process and returns what it prints. */
export async function printed(
  run: (console: Console) => Promise<void>,
  environment: Console['environment'] = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const lines = { stdout: '', stderr: '' };
  await run({
    print(line) {
      lines.stdout += `${line}\n`;
    },
    error(line) {
      lines.stderr += `${line}\n`;
    },
    progress() {},
    environment,
    paint: (_, text) => text,
  });
  return lines;
}

/** Starts a process and waits for its banner. */
export async function startOtelier(args: readonly string[], surroundings: Surroundings = {}): Promise<Running> {
  const watched = new Watched(args, surroundings);
  await watched.waitForOutput('Stop with Ctrl-C');
  return watched;
}

/**
 * Starts a process with a configuration before the tests of a file, and kills it after them. Returns a function that
 * returns the URL of its API.
 */
export function startBeforeTests(config: string): () => string {
  let running: Running | undefined;
  before(async () => {
    running = await startOtelier(['--config', `yaml:${config}`]);
  });
  after(async () => {
    running?.kill('SIGKILL');
    await running?.ended;
  });
  return () => running?.address('Page and API') ?? '';
}

/** Runs a test in a temporary directory. */
export async function withTempDirectory<T>(run: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-cli-'));
  try {
    return await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Creates a closed store with three items of each signal. */
export async function fillStore(directory: string): Promise<void> {
  const { openStore } = await import('@otelier/store');
  const store = await openStore({ directory });
  for (const signal of ['traces', 'metrics', 'logs'] as const)
    assert.deepEqual(await store.append(sampleBatch(signal, 3)), ACCEPTED);
  await store.close();
}

/** Runs a test against a running process, then kills the process. */
export async function whileRunning(
  args: readonly string[],
  run: (running: Running) => Promise<void>,
  surroundings: Surroundings = {},
): Promise<void> {
  const running = await startOtelier(args, surroundings);
  try {
    await run(running);
  } finally {
    running.kill('SIGKILL');
    await running.ended;
  }
}

class Watched implements Running {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #printed: (() => void)[] = [];

  constructor(args: readonly string[], { cwd, environment }: Surroundings) {
    this.#child = spawn(process.execPath, [BIN, ...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...ownEnvironment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A hanging process must not outlive the test.
      timeout: TIMEOUT_MILLIS,
      killSignal: 'SIGKILL',
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        this[stream] += text;
        for (const wake of this.#printed.splice(0)) wake();
      });
    }
    this.ended = new Promise((resolve) =>
      this.#child.on('close', (code) => {
        resolve({ code: code ?? undefined, stdout: this.stdout, stderr: this.stderr });
        for (const wake of this.#printed.splice(0)) wake();
      }),
    );
  }

  address(label: string): string {
    const found = new RegExp(`^ *${label} +(\\S+)`, 'm').exec(this.stdout)?.[1];
    assert.ok(found, `expected the banner to contain ${label}, got:\n${this.stdout}`);
    return found;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  stop(): Promise<Ended> {
    this.kill('SIGINT');
    return this.ended;
  }

  async waitForOutput(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        assert.fail(`expected "${text}" to be printed, got:\n${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => this.#printed.push(resolve));
    }
  }
}

/** Returns the environment without variables that belong to the test runner or OpenTelemetry. */
function ownEnvironment(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(OTEL_|OTELIER_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/.test(name),
  );
  return Object.fromEntries(kept);
}
