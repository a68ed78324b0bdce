import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, join } from 'node:path';

/** The command and environment that instrument an application. */
export interface Instrumentation {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Message for the user: which instrumentation is used, or how to install one. */
  readonly sentence: string;
}

const NODE_PACKAGE = '@opentelemetry/auto-instrumentations-node';
const OWN_REGISTER = '@otelier/sdk/register';
const NODE_COMMANDS = new Set(['node', 'npm', 'npx', 'pnpm', 'yarn', 'tsx', 'next', 'nest', 'nodemon', 'ts-node']);
const PYTHON_COMMANDS = /^(python(\d+(\.\d+)?)?|gunicorn|uvicorn|flask|django-admin|celery|hypercorn|uv|poetry)$/;

/**
 * Finds the automatic instrumentation for a command: for Node, the official one if it resolves from the application's
 * directory, or else `@otelier/sdk`, which comes with otelier; for Python, `opentelemetry-instrument` if it is installed
 * next to the interpreter or on the path.
 */
export function instrument(
  command: readonly string[],
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): Instrumentation {
  const program = basename(command[0] ?? '').replace(/\.(exe|cmd)$/, '');
  if (NODE_COMMANDS.has(program)) return instrumentNode(command, directory, environment);
  if (PYTHON_COMMANDS.test(program)) return instrumentPython(command, environment);
  return {
    command,
    environment: {},
    sentence: `The OTEL_* variables are set for ${program}; it sends telemetry when it uses an OpenTelemetry SDK (https://opentelemetry.io/docs/languages/).`,
  };
}

function instrumentNode(
  command: readonly string[],
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): Instrumentation {
  const official = resolveFrom(directory, `${NODE_PACKAGE}/register`);
  if (official === undefined) {
    const register = import.meta.resolve(OWN_REGISTER);
    return {
      command,
      environment: { NODE_OPTIONS: `${environment['NODE_OPTIONS'] ?? ''} --import ${register}`.trim() },
      sentence: 'Instrumented by @otelier/sdk.',
    };
  }
  const options = `${environment['NODE_OPTIONS'] ?? ''} --require ${quoteOption(official)}`.trim();
  // Cloud detectors request metadata over the network, which causes delays and warnings on non-cloud machines.
  const detectors = environment['OTEL_NODE_RESOURCE_DETECTORS'] ?? 'env,host,os,process,serviceinstance';
  return {
    command,
    environment: { NODE_OPTIONS: options, OTEL_NODE_RESOURCE_DETECTORS: detectors },
    sentence: `Instrumented by ${NODE_PACKAGE}.`,
  };
}

function instrumentPython(
  command: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Instrumentation {
  const wrapper = findProgram('opentelemetry-instrument', command[0] ?? '', environment['PATH'] ?? '');
  if (wrapper === undefined) {
    return {
      command,
      environment: {},
      sentence:
        'Not instrumented automatically: run "pip install opentelemetry-distro opentelemetry-exporter-otlp" and "opentelemetry-bootstrap -a install" and start again.',
    };
  }
  return { command: [wrapper, ...command], environment: {}, sentence: 'Instrumented by opentelemetry-instrument.' };
}

function resolveFrom(directory: string, specifier: string): string | undefined {
  try {
    return createRequire(join(directory, 'package.json')).resolve(specifier);
  } catch {
    return undefined;
  }
}

/** Finds a program next to the interpreter (for virtual environments), then on the path. */
function findProgram(name: string, beside: string, path: string): string | undefined {
  const directories = [...(beside.includes('/') ? [join(beside, '..')] : []), ...path.split(delimiter)];
  return directories.map((directory) => join(directory, name)).find((file) => existsSync(file) && isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Quotes a path that contains spaces, for NODE_OPTIONS. */
function quoteOption(path: string): string {
  return path.includes(' ') ? `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : path;
}
