import type { DoctorReport, Finding } from '@otelier/query';
import { ApiClientError, createApiClient } from '@otelier/query/client';
import type { Diagnostic } from '../../config/config-error.ts';
import { ConfigError } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load.ts';
import type { ConfigSource } from '../../config/model.ts';
import { runChecks } from '../../doctor/diagnose.ts';
import { registry } from '../../registry.generated.ts';
import { builtInConfig } from '../built-in.ts';
import { EXIT } from '../commands/exit-codes.ts';
import { DEFAULT_DATA } from '../commands/options.ts';
import { type ConfigOptions, readSources } from '../configuration.ts';
import type { Console } from '../console.ts';
import type { Paint } from '../terminal/color.ts';
import { terminalText } from '../terminal-text.ts';

/** The options of `otelier doctor`. */
export interface DoctorOptions extends ConfigOptions {
  readonly url: string;
  readonly seconds: number;
  readonly json?: boolean;
}

/**
 * Checks a running process, or a configuration if one is given or no process runs, and prints the findings. Sets the exit
 * code by the most severe one.
 */
export async function doctorCommand(options: DoctorOptions, console: Console): Promise<void> {
  const report = options.config.length > 0 ? await checkFiles(options, console) : await checkProcess(options, console);
  if (options.json) console.print(terminalText(JSON.stringify(report, undefined, 2)));
  else for (const line of reportLines(report, console.paint)) console.print(line);
  const severities = new Set(report.findings.map(({ severity }) => severity));
  if (severities.has('error')) process.exitCode = EXIT.errors;
  else if (severities.has('warning')) process.exitCode = EXIT.warnings;
  else if (report.failedChecks.length > 0) process.exitCode = EXIT.failure;
}

async function checkProcess(options: DoctorOptions, console: Console): Promise<DoctorReport> {
  const { url, seconds } = options;
  const client = createApiClient(url, { token: console.environment['OTELIER_TOKEN'] });
  try {
    console.progress(() => `observing ${url} for ${seconds} s`);
    return await client.get('/doctor', { seconds });
  } catch (error) {
    if (!(error instanceof ApiClientError && error.code === 'unreachable')) throw error;
    console.error(`otelier: ${error.message}; checking the built-in configuration and its files instead.`);
    const source = { name: 'built in', text: builtInConfig({ data: DEFAULT_DATA, demo: false }) };
    return await checkSources([source], options.set, console);
  }
}

async function checkFiles({ config, set }: DoctorOptions, console: Console): Promise<DoctorReport> {
  return await checkSources(await readSources(config, console), set, console);
}

async function checkSources(
  sources: readonly ConfigSource[],
  settings: readonly string[],
  { environment }: Console,
): Promise<DoctorReport> {
  const loaded = await loadConfig({ sources, settings, environment, registry });
  const diagnostics: readonly Diagnostic[] = loaded.errors;
  if (!loaded.ok) throw new ConfigError(diagnostics);
  return await runChecks({ config: loaded.config, diagnostics, nowMillis: Date.now(), live: undefined });
}

function reportLines({ findings, checks, failedChecks, observedMillis }: DoctorReport, paint: Paint): string[] {
  const lines = findings.flatMap((finding) => findingLines(finding, paint));
  const failed = failedChecks.map(({ check, message }) => terminalText(`not checked: ${check}: ${message}`));
  const observed = observedMillis > 0 ? `, observed for ${observedMillis / 1000} s` : '';
  const counts =
    findings.length === 0 ? 'No findings' : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
  return [...lines, ...failed, `${counts}: ${checks.length} checks${observed}.`];
}

function findingLines({ severity, subject, message, remedy }: Finding, paint: Paint): string[] {
  const label = paint(severity === 'error' ? 'red' : 'yellow', severity.padEnd(7));
  const safe = (text: string) => terminalText(text.replace(/\s+/g, ' '));
  return [`${label}  ${paint('bold', safe(subject))}`, `         ${safe(message)}`, `         → ${safe(remedy)}`, ''];
}
