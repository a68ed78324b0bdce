import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runStep, runToEnd } from '../processes.ts';
import { API_CLIENT, LIBRARIES, type SentSpan, TRACER } from './programs.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'datadog');

/** Versions of the protocol of traces that the tracer speaks. */
export const PROTOCOLS = ['0.4', '0.5'] as const;

/** Sends traces to a port, and returns the spans. */
export async function runTracer(port: number, protocol: (typeof PROTOCOLS)[number]): Promise<readonly SentSpan[]> {
  const { code, stdout, stderr } = await runToEnd([process.execPath, program('tracer.cjs', TRACER), String(port)], {
    DD_TRACE_AGENT_PROTOCOL_VERSION: protocol,
    DD_TRACE_STATS_COMPUTATION_ENABLED: 'true',
    DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
    DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  });
  if (code !== 0) throw new Error(`the tracer failed:\n${stderr}`);
  return JSON.parse(stdout) as readonly SentSpan[];
}

/** Sends metrics and logs to a port. */
export async function runApiClient(port: number): Promise<void> {
  await runStep([process.execPath, program('api.cjs', API_CLIENT), String(port)]);
}

/** Installs the client libraries. */
export async function installLibraries(): Promise<void> {
  if (existsSync(join(DIRECTORY, 'node_modules', 'dd-trace'))) return;
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, 'package.json'), '{"private":true}');
  await runStep(['npm', 'install', '--no-audit', '--no-fund', ...LIBRARIES], DIRECTORY);
}

function program(name: string, source: string): string {
  const file = join(DIRECTORY, name);
  writeFileSync(file, source);
  return file;
}
