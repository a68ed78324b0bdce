import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { readAnyValue, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { Opener, openRequest, SealError } from '@otelier/sdk/seal';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';

/** Options for `otelier open`. */
export interface OpenOptions {
  /** Files with private keys: the current one and earlier ones. */
  readonly key: readonly string[];
}

/**
 * Copies lines from the input to standard output with their sealed values opened: requests in OTLP/JSON, as `otelier
 * export` writes them, and any other text, such as the rows of a query. What cannot be opened remains, and is counted on
 * standard error; if there is any, the command fails.
 */
export async function openCommand(
  { key: files }: OpenOptions,
  console: Console,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<void> {
  const opener = await openerOf(files);
  const failures = new Map<string, number>();
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const { text, errors } = await openLine(opener, line);
    for (const { message } of errors) failures.set(message, (failures.get(message) ?? 0) + 1);
    if (!process.stdout.write(`${terminalText(text)}\n`))
      await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
  for (const [message, count] of failures) console.error(`${count.toLocaleString('en')} not opened: ${message}`);
  if (failures.size > 0) throw new CommandFailure('some values remain sealed');
}

async function openerOf(files: readonly string[]): Promise<Opener> {
  const keys: string[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new CommandFailure(
        `--key: cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
        EXIT.usage,
      );
    });
    keys.push(...text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#')));
  }
  return await Opener.create(keys).catch((error: unknown) => {
    if (error instanceof SealError) throw new CommandFailure(`--key: ${error.message}`, EXIT.usage);
    throw error;
  });
}

/** A line with its values opened. */
export interface OpenedLine {
  readonly text: string;
  readonly errors: readonly SealError[];
}

/** Opens the sealed values of a line. */
export async function openLine(opener: Opener, line: string): Promise<OpenedLine> {
  if (!line.includes('sealed:')) return { text: line, errors: [] };
  const signal = SIGNALS.find(([list]) => line.startsWith(`{"${list}"`))?.[1];
  if (signal !== undefined) {
    const request = requestFromJson(signal, line);
    if (request.ok) {
      const { request: opened, failures } = await openRequest(opener, signal, request.bytes);
      return { text: requestToJson(signal, opened), errors: failures };
    }
  }
  return await openText(opener, line);
}

const SIGNALS: readonly (readonly [list: string, signal: Signal])[] = [
  ['resourceSpans', 'traces'],
  ['resourceLogs', 'logs'],
  ['resourceMetrics', 'metrics'],
];

/** Opens sealed values anywhere in a text. Within JSON, texts are escaped, and other values replace the text. */
async function openText(opener: Opener, line: string): Promise<OpenedLine> {
  const errors: SealError[] = [];
  const isJson = /^\s*[[{]/.test(line);
  let text = '';
  let at = 0;
  for (const match of line.matchAll(/sealed:\d+:[\w-]+/g)) {
    text += line.slice(at, match.index);
    at = match.index + match[0].length;
    try {
      const value = valueText(await opener.open(match[0]));
      text += isJson ? JSON.stringify(value).slice(1, -1) : value;
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      errors.push(error);
      text += match[0];
    }
  }
  return { text: text + line.slice(at), errors };
}

/** An opened `AnyValue` as text. An item that was sealed as a whole needs the request that it was in. */
function valueText(bytes: Uint8Array): string {
  const value = readAnyValue(bytes, 0, bytes.length);
  return typeof value === 'string'
    ? value
    : (JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)) ?? '');
}
