import { spawn } from 'node:child_process';
import { isAbsolute, resolve } from 'node:path';
import { z } from '../../component/schema.ts';
import type { Environment } from './api-server.ts';

/** Credentials that a plugin has returned. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** The section `exec` of a kubeconfig user. */
export interface ExecOptions {
  readonly apiVersion: string;
  readonly command: string;
  readonly args?: readonly string[] | null | undefined;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null | undefined;
  readonly interactiveMode?: string | undefined;
  readonly installHint?: string | undefined;
  /** Directory of the kubeconfig file. A command with a slash is relative to it. */
  readonly directory: string;
  readonly environment: Environment;
  readonly server: string;
}

const MAX_OUTPUT_BYTES = 1 << 20;
/** Credentials are renewed this long before they expire. */
const MARGIN_MILLIS = 10_000;

/** A client-go credential plugin: a program that prints an `ExecCredential`. */
export class ExecPlugin {
  readonly #options: ExecOptions;
  #current: Promise<ExecCredential> | undefined;
  #expiresMillis = Number.POSITIVE_INFINITY;

  constructor(options: ExecOptions) {
    if (options.interactiveMode === 'Always')
      throw new Error(`exec: expected a plugin that runs without a terminal, got ${options.command}`);
    this.#options = options;
  }

  /** Returns the credentials, running the plugin if there are none that are valid. Rejects if it fails. */
  async credential(signal?: AbortSignal): Promise<ExecCredential> {
    // Expiration times are those of the system clock.
    if (Date.now() > this.#expiresMillis - MARGIN_MILLIS) this.expire();
    this.#current ??= this.#run(signal);
    try {
      return await this.#current;
    } catch (error) {
      this.expire();
      throw error;
    }
  }

  /** Forgets the credentials. */
  expire(): void {
    this.#current = undefined;
    this.#expiresMillis = Number.POSITIVE_INFINITY;
  }

  async #run(signal: AbortSignal | undefined): Promise<ExecCredential> {
    const { command, apiVersion } = this.#options;
    const output = await runPlugin(this.#options, signal);
    const parsed = CREDENTIAL.safeParse(parseJson(output));
    if (!parsed.success) throw new Error(`exec: expected an ExecCredential from ${command}, got another output`);
    const { status, apiVersion: version } = parsed.data;
    if (version !== apiVersion) throw new Error(`exec: expected ${apiVersion} from ${command}, got ${version}`);
    const expires = Date.parse(status.expirationTimestamp ?? '');
    if (!Number.isNaN(expires)) this.#expiresMillis = expires;
    return { token: status.token, certificate: status.clientCertificateData, key: status.clientKeyData };
  }
}

function runPlugin(options: ExecOptions, signal: AbortSignal | undefined): Promise<string> {
  const { command, args, env, apiVersion, directory, environment, server, installHint } = options;
  const program = command.includes('/') && !isAbsolute(command) ? resolve(directory, command) : command;
  const info = { kind: 'ExecCredential', apiVersion, spec: { interactive: false, cluster: { server } } };
  const own = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
  const child = spawn(program, args ?? [], {
    env: { ...environment, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal !== undefined && { signal }),
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (output.length > MAX_OUTPUT_BYTES) child.kill();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors = (errors + chunk).slice(-500);
  });
  return new Promise((done, reject) => {
    child.on('error', (error) => {
      const hint = installHint === undefined ? '' : `: ${installHint}`;
      reject(new Error(`exec: ${program} did not run: ${error.message}${hint}`, { cause: error }));
    });
    child.on('close', (code) => {
      if (code === 0) done(output);
      else reject(new Error(`exec: ${program} ended with ${code}: ${errors.trim()}`));
    });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const CREDENTIAL = z.object({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
});
