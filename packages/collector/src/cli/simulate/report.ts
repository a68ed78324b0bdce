import { SIGNALS } from '@otelier/otlp';
import { processorNodeId } from '../../graph/node.ts';
import type { PolicyVolumes, Simulation } from './simulation.ts';
import { type Loss, lossesOf, type Volume } from './tally.ts';

/** The result of a simulation. */
export interface SimulationReport {
  /** The time range of the telemetry, as ISO timestamps. */
  readonly from: string;
  readonly to: string;
  readonly pipelines: readonly PipelineReport[];
  /** Warnings from the samplers, such as too little memory. */
  readonly warnings: readonly string[];
}

/** The telemetry that a pipeline would keep. */
export interface PipelineReport {
  readonly pipeline: string;
  readonly signal: string;
  readonly stored: Volume;
  readonly kept: Volume;
  readonly samplers: readonly SamplerReport[];
  readonly errors: {
    readonly stored: number;
    readonly kept: number;
    readonly storedTraces: number;
    readonly keptTraces: number;
    /** Operations that would lose errors, the largest losses first. */
    readonly lost: readonly Loss[];
  };
  readonly operations: {
    readonly stored: number;
    readonly kept: number;
    /** Operations that would be dropped entirely. */
    readonly lost: readonly Loss[];
  };
}

/** The telemetry that a sampler would drop, and the results of its policies. */
export interface SamplerReport {
  readonly sampler: string;
  /** Number of dropped items by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly policies: readonly ({ readonly policy: string } & PolicyVolumes)[];
}

/** Ends a simulation and returns a report per pipeline. */
export async function reportsOf(simulation: Simulation): Promise<readonly PipelineReport[]> {
  const dropped = await simulation.finish();
  return simulation.pipelines.map(({ pipeline, stored, kept }): PipelineReport => {
    const { id, signal } = pipeline.config;
    return {
      pipeline: id,
      signal,
      stored: stored.volume,
      kept: kept.volume,
      samplers: pipeline.samplers.map((sampler) => ({
        sampler,
        dropped: dropped.get(processorNodeId(id, sampler)) ?? {},
        policies: [...(simulation.policies.get(sampler) ?? [])].map(([policy, volumes]) => ({ policy, ...volumes })),
      })),
      errors: {
        stored: stored.errors,
        kept: kept.errors,
        storedTraces: stored.tracesWithErrors,
        keptTraces: kept.tracesWithErrors,
        lost: lossesOf(stored.errorsBy, kept.errorsBy, (before, after) => after < before),
      },
      operations: {
        stored: stored.entriesBy.size,
        kept: [...stored.entriesBy.keys()].filter((key) => kept.entriesBy.has(key)).length,
        lost: lossesOf(stored.entriesBy, kept.entriesBy, (_before, after) => after === 0),
      },
    };
  });
}

/** Formats a report as text. */
export function reportAsText(report: SimulationReport): string {
  const sections = report.pipelines.map(pipelineText);
  return [`Stored telemetry from ${report.from} to ${report.to}`, ...sections].join('\n\n');
}

/** Number of operations listed in the text report. */
const MAX_LISTED = 10;

function pipelineText(pipeline: PipelineReport): string {
  const noun = SIGNALS[pipeline.signal as keyof typeof SIGNALS].itemNoun.many;
  const { stored, kept, errors, operations } = pipeline;
  const header = ['', 'traces', noun, 'bytes', ''];
  const rows = [
    ['stored', ...volumeCells(stored), ''],
    ['kept', ...volumeCells(kept), percent(kept.items, stored.items)],
  ];
  const samplers = pipeline.samplers.flatMap((sampler) => [...samplerText(sampler, noun), '']);
  return [
    `Pipeline ${pipeline.pipeline}`,
    ...table([header, ...rows]),
    '',
    ...samplers,
    `Errors: ${errors.kept} of ${errors.stored} ${noun} with errors kept, in ${errors.keptTraces} of ${errors.storedTraces} traces`,
    ...lossText(errors.lost, `lost ${noun} with errors`),
    `Routes: ${operations.kept} of ${operations.stored} kept`,
    ...lossText(operations.lost, `stored ${noun}, none kept`),
  ].join('\n');
}

function samplerText({ sampler, dropped, policies }: SamplerReport, noun: string): string[] {
  const reasons = Object.entries(dropped).map(([reason, items]) => `${items} ${reason}`);
  const title = `  ${sampler}: ${reasons.length === 0 ? 'nothing dropped' : `${noun} dropped: ${reasons.join(', ')}`}`;
  if (policies.length === 0) return [title];
  const rows = policies.flatMap(({ policy, sampled, decisive, dropped: rejected, failed }) => [
    [policy, 'would sample', ...volumeCells(sampled)],
    ['', 'kept because of it', ...volumeCells(decisive)],
    ...(rejected.items > 0 ? [['', 'dropped by it', ...volumeCells(rejected)]] : []),
    ...(failed.items > 0 ? [['', 'its function failed', ...volumeCells(failed)]] : []),
  ]);
  return [title, ...table([['policy', '', 'traces', noun, 'bytes'], ...rows]).map((line) => `  ${line}`)];
}

function lossText(losses: readonly Loss[], what: string): string[] {
  const lines = losses
    .slice(0, MAX_LISTED)
    .map(({ service, operation, items }) => `  ${service} ${operation}: ${items} ${what}`);
  const more = losses.length - MAX_LISTED;
  return more > 0 ? [...lines, `  … and ${more} more, with --json`] : lines;
}

function volumeCells({ traces, items, bytes }: Volume): string[] {
  return [traces, items, bytes].map((count) => String(count));
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** Aligns table cells: strings to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (max, row) => row.map((cell, index) => Math.max(max[index] ?? 0, cell.length)),
    [],
  );
  const isNumber = widths.map((_, index) => rows.slice(1).every((row) => /^[\d.]* ?%?$/.test(row[index] ?? '')));
  return rows.map((row) =>
    `  ${row.map((cell, index) => (isNumber[index] ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0))).join('  ')}`.trimEnd(),
  );
}
