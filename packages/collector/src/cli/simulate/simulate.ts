import type { Signal } from '@otelier/otlp';
import { parseDuration } from '../../component/units.ts';
import { EXIT } from '../commands/exit-codes.ts';
import { type ConfigOptions, loadService, readSources } from '../configuration.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';
import { type PipelineReport, reportAsText, reportsOf } from './report.ts';
import { sampledPipelines } from './samplers.ts';
import { Simulation } from './simulation.ts';
import { type StoreLocation, storedRequests } from './stored-requests.ts';

/** Options for `otelier simulate`. */
export interface SimulateOptions extends ConfigOptions, StoreLocation {
  /** A duration such as `1h`. */
  readonly last: string;
  readonly json?: boolean;
}

/** Runs a configuration's samplers over stored telemetry and prints what they would keep. */
export async function simulateCommand(options: SimulateOptions, console: Console): Promise<void> {
  const { config: uris, set, last, json } = options;
  if (uris.length === 0)
    throw new CommandFailure('expected --config FILE, the configuration to try, got none', EXIT.usage);
  const durationMillis = parseDuration(last);
  if (durationMillis === undefined || durationMillis <= 0)
    throw new CommandFailure(`--last: expected a duration such as 1h or 30m, got "${last}"`, EXIT.usage);
  const config = await loadService(await readSources(uris, console), set, console);
  const pipelines = sampledPipelines(config);
  if (pipelines.length === 0)
    throw new CommandFailure('expected a pipeline with a processor that samples, such as tail_sampling, got none');
  const endMillis = Date.now();
  const startMillis = endMillis - durationMillis;
  const range = { start: nanosOf(startMillis), end: nanosOf(endMillis) };
  const reports: PipelineReport[] = [];
  const warnings: string[] = [];
  // Each signal has its own simulation, whose clock follows its telemetry.
  for (const signal of new Set<Signal>(pipelines.map((pipeline) => pipeline.config.signal))) {
    const ofSignal = pipelines.filter((pipeline) => pipeline.config.signal === signal);
    const simulation = new Simulation(config, signal, ofSignal, { startMillis, endMillis });
    await simulation.start();
    let requests = 0;
    for await (const request of storedRequests(options, signal, range, console)) {
      requests += 1;
      console.progress(() => `${signal}: ${requests.toLocaleString('en')} requests`);
      await simulation.add(request);
    }
    reports.push(...(await reportsOf(simulation)));
    warnings.push(...simulation.warnings);
  }
  const from = new Date(startMillis).toISOString();
  const to = new Date(endMillis).toISOString();
  const report = { from, to, pipelines: reports, warnings };
  for (const warning of report.warnings) console.error(`otelier: ${terminalText(warning)}`);
  console.print(terminalText(json ? JSON.stringify(report, undefined, 2) : reportAsText(report)));
}

function nanosOf(millis: number): bigint {
  return BigInt(Math.round(millis)) * 1_000_000n;
}
