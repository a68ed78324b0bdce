import { appendFile, glob, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metrics } from './metrics.ts';
import type { ProgramName } from './programs.ts';

/** The machine and versions of a run, written as the first line of the run. */
export interface RunLine {
  readonly kind: 'run';
  /** Start time, which identifies the run. */
  readonly run: string;
  readonly machine: string;
  readonly cores: number;
  readonly node: string;
  readonly secondsEach: number;
  readonly rounds: number;
  readonly versions: Readonly<Partial<Record<ProgramName, string>>>;
}

/** The result of one contestant in one round. */
export interface MeasurementLine {
  readonly kind: 'measurement';
  readonly run: string;
  readonly scenario: string;
  readonly contestant: string;
  readonly round: number;
  /** Load average of the machine over the preceding minute. */
  readonly loadAverage: number;
  readonly metrics: Metrics;
}

/** The latest run in which a scenario was measured. */
export interface ScenarioResult {
  readonly run: RunLine;
  /** Measurements by contestant, one per round. */
  readonly measurements: ReadonlyMap<string, readonly MeasurementLine[]>;
}

/** A directory of append-only result files, one per day. */
export class Results {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Appends a line. */
  async add(line: RunLine | MeasurementLine): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await appendFile(join(this.#directory, `${line.run.slice(0, 10)}.jsonl`), `${JSON.stringify(line, rounded)}\n`);
  }

  /** Returns the latest results by scenario. */
  async newest(): Promise<ReadonlyMap<string, ScenarioResult>> {
    const runs = new Map<string, RunLine>();
    const newest = new Map<string, { run: RunLine; measurements: Map<string, MeasurementLine[]> }>();
    for (const line of await this.#lines()) {
      if (line.kind === 'run') {
        runs.set(line.run, line);
        continue;
      }
      const run = runs.get(line.run);
      if (run === undefined) continue;
      let result = newest.get(line.scenario);
      if (result?.run.run !== line.run) {
        result = { run, measurements: new Map() };
        newest.set(line.scenario, result);
      }
      const rounds = result.measurements.get(line.contestant);
      if (rounds === undefined) result.measurements.set(line.contestant, [line]);
      else rounds.push(line);
    }
    return newest;
  }

  async #lines(): Promise<(RunLine | MeasurementLine)[]> {
    const files: string[] = [];
    for await (const file of glob('????-??-??.jsonl', { cwd: this.#directory })) files.push(file);
    const texts = await Promise.all(files.sort().map((file) => readFile(join(this.#directory, file), 'utf8')));
    return texts
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RunLine | MeasurementLine);
  }
}

/** Rounds to four significant digits, the precision of a measurement. */
function rounded(_key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isInteger(value)) return value;
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(4));
}
