import { writeFile } from 'node:fs/promises';
import { formatConfigError } from '../../config/config-error.ts';
import type { Conversion } from '../../convert/conversion.ts';
import { detectFormat, FORMATS, type SourceFormat } from '../../convert/formats.ts';
import { writeYaml } from '../../convert/output/write-yaml.ts';
import type { ConversionNote } from '../../convert/report.ts';
import { createInclude, readSource, SourceFileError } from '../../convert/source/read-source.ts';
import { registry } from '../../registry.generated.ts';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';

/** Options for `otelier convert`. */
export interface ConvertOptions {
  readonly from?: string;
  readonly output?: string;
}

/**
 * Converts the configuration of another program. Prints the result, and each thing that is not in it on standard error.
 * Sets exit code 3 if something is missing, and 1 if the source cannot be read.
 */
export async function convertCommand(file: string, options: ConvertOptions, console: Console): Promise<void> {
  const name = file === '-' ? 'standard input' : file;
  const text = await readSource(file).catch(failure);
  const format = formatOf(options.from, text, name);
  const conversion = await (await format.load())({ name, text, registry, include: createInclude(file) });
  if (conversion.kind === 'unreadable') {
    for (const error of conversion.errors) console.error(terminalText(formatConfigError(error)));
    throw new CommandFailure(`${name} cannot be read as ${format.title}; nothing was converted.`);
  }
  const yaml = writeYaml(conversion.output, conversion.report, headerOf(conversion, name, format));
  if (options.output === undefined) console.print(yaml.trimEnd());
  else await writeFile(options.output, yaml).catch(failure);
  for (const line of reportLines(conversion, options.output)) console.error(terminalText(line));
  if (!conversion.report.isComplete) process.exitCode = EXIT.warnings;
}

function failure(error: unknown): never {
  if (error instanceof SourceFileError || (error instanceof Error && 'code' in error))
    throw new CommandFailure(error.message);
  throw error;
}

function formatOf(name: string | undefined, text: string, source: string): SourceFormat {
  const format = name === undefined ? detectFormat(text) : FORMATS.find((one) => one.name === name);
  if (format !== undefined) return format;
  const names = FORMATS.map((one) => one.name).join(', ');
  throw new CommandFailure(
    `${source}: expected --from with the format (${names}), because it is not clear.`,
    EXIT.usage,
  );
}

type Converted = Extract<Conversion, { kind: 'converted' }>;

function headerOf({ report }: Converted, name: string, { title }: SourceFormat): string[] {
  const missing = report.notes.filter(({ kind }) => kind === 'missing').length;
  const count =
    missing === 0
      ? 'Everything was converted.'
      : `${missing} ${missing === 1 ? 'setting was' : 'settings were'} not converted; comments and the report of the command name them.`;
  return [`Converted by otelier convert from ${name} (${title}).`, count];
}

function reportLines({ report, next }: Converted, output: string | undefined): string[] {
  const missing = report.notes.filter(({ kind }) => kind === 'missing');
  const changed = report.notes.filter(({ kind }) => kind === 'changed');
  const left = report.notesLeftOut > 0 ? [`… and ${report.notesLeftOut} more notes`] : [];
  const where = output === undefined ? '' : ` to ${output}`;
  const count = missing.length === 0 ? 'complete' : `partial: ${missing.length} not converted`;
  return [
    ...missing.map((note) => noteLine('not converted', note)),
    ...changed.map((note) => noteLine('changed', note)),
    ...left,
    `Converted ${report.convertedCount} values${where}; ${count}, ${changed.length} changed.`,
    ...next,
  ];
}

function noteLine(
  what: string,
  { position: { source, line, column }, path, message, instead }: ConversionNote,
): string {
  const place = line > 0 ? `${source}:${line}:${column}:` : `${source}:`;
  const hint = instead === undefined ? '' : `; ${instead}`;
  return `${place} ${path === '' ? '' : `${path}: `}${what}: ${message}${hint}`.replace(/\s+/g, ' ');
}
