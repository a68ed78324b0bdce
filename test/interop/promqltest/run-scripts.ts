import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LoadedSamples, pointsOf } from '../../../packages/query/src/promql/loaded-samples.ts';
import { customHistograms } from './custom-histograms.ts';
import { check } from './evaluate.ts';
import { type Command, parseScript } from './script.ts';

/** The number of cases of a script, and those that differ. */
export interface ScriptResult {
  readonly name: string;
  readonly cases: number;
  readonly differences: readonly { readonly line: number; readonly query: string; readonly difference: string }[];
}

/** Runs a script. */
export async function runScript(name: string, text: string): Promise<ScriptResult> {
  const samples = new LoadedSamples();
  const differences: ScriptResult['differences'][number][] = [];
  let cases = 0;
  for (const command of parseScript(text)) {
    if (command.kind === 'clear') samples.clear();
    else if (command.kind === 'load') load(samples, command);
    else {
      cases += 1;
      const difference = await check(command, samples);
      if (difference !== undefined) differences.push({ line: command.line, query: command.query, difference });
    }
  }
  return { name, cases, differences };
}

/** Runs all scripts of a directory. */
export async function runScripts(directory: string): Promise<ScriptResult[]> {
  const results: ScriptResult[] = [];
  for (const file of readdirSync(directory)
    .filter((name) => name.endsWith('.test'))
    .sort()) {
    const path = join(directory, file);
    results.push(await runScript(basename(file, '.test'), readFileSync(path, 'utf8')));
  }
  return results;
}

function load(samples: LoadedSamples, { step, series, withCustomBuckets }: Extract<Command, { kind: 'load' }>): void {
  for (const one of series) samples.add(one.labels, pointsOf(one, step));
  if (withCustomBuckets) for (const { labels, points } of customHistograms(series, step)) samples.add(labels, points);
}
