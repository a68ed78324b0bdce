import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { errorMessage } from '../../component/error-message.ts';
import { checkConfiguration } from '../../operator/collector/check-configuration.ts';
import type { Collector } from '../../operator/collector/model.ts';
import { convertDocuments } from '../../operator/convert/convert-documents.ts';
import { registry } from '../../registry.generated.ts';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';

/** Options for `otelier operator convert`. */
export interface ConvertOptions {
  readonly file: string;
}

/**
 * Converts objects of the OpenTelemetry operator. Prints the result as YAML, and on standard error the fields that are not in
 * it and the errors of configurations. Sets exit code 3 if something is missing.
 */
export async function convertObjectsCommand({ file }: ConvertOptions, console: Console): Promise<void> {
  const results = convertDocuments(await readText(file));
  if (results.length === 0)
    throw new CommandFailure(`${file}: expected OpenTelemetryCollector or Instrumentation objects, got none.`);
  const report: string[] = [];
  const objects: object[] = [];
  for (const result of results) {
    if (!result.ok) {
      report.push(`not converted: ${result.name}: ${result.error}`);
      continue;
    }
    objects.push(result.object);
    report.push(...result.unsupported.map((field) => `not converted: ${result.name}: ${field}`));
    report.push(...(await errorsOf(result.object)).map((error) => `not valid: ${result.name}: ${error}`));
  }
  if (objects.length > 0)
    console.print(
      objects
        .map((object) => stringify(object))
        .join('---\n')
        .trimEnd(),
    );
  for (const line of report) console.error(terminalText(line));
  if (objects.length === 0) throw new CommandFailure(`${file}: nothing was converted.`);
  if (report.length > 0) process.exitCode = EXIT.warnings;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${file}: ${errorMessage(error)}`);
  }
}

async function errorsOf(object: object): Promise<readonly string[]> {
  const collector = object as Collector;
  if (collector.kind !== 'Collector') return [];
  const checked = await checkConfiguration(collector.spec.config, collector, registry);
  return checked.ok ? [] : checked.errors.split('\n');
}
