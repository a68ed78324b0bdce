import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, join } from 'node:path';

/** How a command is started so that it sends telemetry by itself. */
export interface Instrumentation {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** One sentence for the user: what instruments the application, or what to add so that something does. */
  readonly sentence: string;
}

const NODE_PACKAGE = '@opentelemetry/auto-instrumentations-node';
const NODE_COMMANDS = new Set(['node', 'npm', 'npx', 'pnpm', 'yarn', 'tsx', 'next', 'nest', 'nodemon', 'ts-node']);
const PYTHON_COMMANDS = /^(python(\d+(\.\d+)?)?|gunicorn|uvicorn|flask|django-admin|celery|hypercorn|uv|poetry)$/;

/**
 * Finds the official automatic instrumentation for what a command runs: of Node where the application's folder can
 * resolve the package, of Python where `opentelemetry-instrument` stands beside the interpreter.
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
  const register = resolveFrom(directory, `${NODE_PACKAGE}/register`);
  if (register === undefined) {
    return {
      command,
      environment: {},
      sentence: `Not instrumented automatically: run "npm install --save-dev ${NODE_PACKAGE}" in ${directory} and start again.`,
    };
  }
  const options = `${environment['NODE_OPTIONS'] ?? ''} --require ${quoteOption(register)}`.trim();
  // Those of clouds ask for metadata over the network, which on other machines costs time and warnings.
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

/** Looks beside the interpreter first, which is where a virtual environment has it, then on the path. */
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

/** NODE_OPTIONS splits at spaces; a path with spaces goes between double quotes. */
function quoteOption(path: string): string {
  return path.includes(' ') ? `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : path;
}
