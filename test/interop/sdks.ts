import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runStep } from './processes.ts';

/** A protocol, by the name that the SDK programs use. */
export type Protocol = 'grpc' | 'http/protobuf' | 'http/json';

/** The program for an official SDK: how to build and run it, and its protocols. */
export interface Sdk {
  readonly name: string;
  readonly protocols: readonly Protocol[];
  /** Installs the program's dependencies and returns the command that runs it. */
  prepare(): Promise<readonly string[]>;
  /** Whether the endpoint is a URL. Go expects `host:port`. */
  readonly endpointIsUrl: boolean;
}

const here = import.meta.dirname;
const build = join(here, '.build');

export const SDKS: readonly Sdk[] = [
  {
    name: 'javascript',
    protocols: ['grpc', 'http/protobuf', 'http/json'],
    endpointIsUrl: true,
    prepare: async () => [process.execPath, join(here, 'sdks/javascript/main.mjs')],
  },
  {
    name: 'python',
    protocols: ['grpc', 'http/protobuf'],
    endpointIsUrl: true,
    prepare: async () => {
      const environment = join(build, 'python');
      const python = join(environment, 'bin/python');
      if (!existsSync(python)) await step('python3', '-m', 'venv', environment);
      await step(
        python,
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        'opentelemetry-sdk',
        'opentelemetry-exporter-otlp',
      );
      return [python, join(here, 'sdks/python/main.py')];
    },
  },
  {
    name: 'go',
    protocols: ['grpc', 'http/protobuf'],
    endpointIsUrl: false,
    prepare: async () => {
      const program = join(build, 'go-interop');
      await step('go', 'build', '-C', join(here, 'sdks/go'), '-o', program, '.');
      return [program];
    },
  },
  {
    name: 'java',
    protocols: ['grpc', 'http/protobuf'],
    endpointIsUrl: true,
    prepare: async () => {
      const directory = join(here, 'sdks/java');
      await step(
        'mvn',
        '-q',
        '-B',
        '-f',
        join(directory, 'pom.xml'),
        'compile',
        'dependency:copy-dependencies',
        `-DoutputDirectory=${join(build, 'java-lib')}`,
        '-DincludeScope=runtime',
      );
      return ['java', '-cp', `${join(directory, 'target/classes')}:${join(build, 'java-lib')}/*`, 'Interop'];
    },
  },
  {
    name: 'rust',
    protocols: ['grpc', 'http/protobuf', 'http/json'],
    endpointIsUrl: true,
    prepare: async () => {
      await step(
        'cargo',
        'build',
        '--release',
        '--quiet',
        '--manifest-path',
        join(here, 'sdks/rust/Cargo.toml'),
        '--target-dir',
        join(build, 'rust'),
      );
      return [join(build, 'rust/release/interop')];
    },
  },
];

async function step(...command: readonly string[]): Promise<void> {
  mkdirSync(build, { recursive: true });
  await runStep(command);
}
