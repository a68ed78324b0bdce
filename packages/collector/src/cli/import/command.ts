import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Signal } from '@otelier/otlp';
import { ImportState, readParquet } from '@otelier/store';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';
import { firstBytes } from './bytes.ts';
import { type Destination, endpointDestination, storeDestination } from './destination.ts';
import { FileImport, type ImportedCounts } from './file-import.ts';
import { type ImportRecord, readOtlpFile } from './records.ts';

/** Options for `otelier import`. */
export interface ImportOptions {
  readonly endpoint: string;
  readonly data?: string;
  readonly signal?: Signal;
  readonly map?: readonly string[];
  readonly state?: string;
  readonly again?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Maximum number of refused records that are printed. */
const MAX_PRINTED = 20;

/**
 * Imports files of telemetry. Prints each refused record and the number of items, and sets exit code 1 if records were
 * refused. An interrupted import continues after the last stored record.
 */
export async function importCommand(files: readonly string[], options: ImportOptions, console: Console): Promise<void> {
  const { dryRun = false, json = false } = options;
  for (const file of files) {
    if (!existsSync(file) || !statSync(file).isFile()) throw new CommandFailure(`${file}: expected a file, found none`);
  }
  const state = dryRun ? undefined : ImportState.read(statePath(options));
  const destination = dryRun ? undefined : await open(options, console);
  const stop = stopOnInterrupt();
  const reports: (ImportedCounts & { readonly file: string; readonly refusedRecords: readonly Refused[] })[] = [];
  try {
    for (const file of files) {
      if (stop.isRequested) break;
      const refusedRecords: Refused[] = [];
      let refusedCount = 0;
      const counts = await new FileImport({
        path: resolve(file),
        read: await readerOf(file, options),
        destination,
        state,
        isAgain: options.again === true,
        isStopped: () => stop.isRequested,
        onRefused: (place, reason) => {
          refusedCount += 1;
          if (refusedCount > MAX_PRINTED) return;
          refusedRecords.push({ place, reason });
          if (!json) console.error(terminalText(`refused: ${file}: ${place}: ${reason}`));
        },
        onNote: (note) => {
          if (!json) console.error(terminalText(`${file}: ${note}`));
        },
        onProgress: ({ records, items }) =>
          console.progress(
            () => `${file}: ${records.toLocaleString('en')} records, ${items.toLocaleString('en')} items`,
          ),
      }).run();
      reports.push({ file, ...counts, refusedRecords });
      if (!json) console.print(terminalText(summaryOf(file, counts, dryRun)));
    }
  } finally {
    stop.clear();
    await destination?.close();
  }
  if (json) console.print(terminalText(JSON.stringify({ dryRun, files: reports }, undefined, 2)));
  if (reports.some(({ refused }) => refused > 0)) process.exitCode = EXIT.failure;
  if (stop.isRequested) process.exitCode = EXIT.interrupted;
}

const PARQUET = Buffer.from('PAR1');

async function readerOf(
  file: string,
  { signal, map }: ImportOptions,
): Promise<(skip: number) => AsyncIterable<ImportRecord>> {
  const isParquet = PARQUET.equals(await firstBytes(file, PARQUET.length));
  return (skip) => (isParquet ? readParquet(file, { signal, map, skip }) : readOtlpFile(file, { signal, skip }));
}

interface Refused {
  readonly place: string;
  readonly reason: string;
}

function statePath({ state, data }: ImportOptions): string {
  return resolve(state ?? (data === undefined ? 'otelier-imports.json' : join(data, 'imports.json')));
}

async function open({ data, endpoint }: ImportOptions, console: Console): Promise<Destination> {
  return data === undefined ? endpointDestination(endpoint) : await storeDestination(data, console);
}

/** Ends an import after the batch that is being sent. A second signal ends the process. */
function stopOnInterrupt() {
  const stop = {
    isRequested: false,
    clear: () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, request);
    },
  };
  const request = (): void => {
    stop.isRequested = true;
    stop.clear();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, request);
  return stop;
}

function summaryOf(file: string, counts: ImportedCounts, dryRun: boolean): string {
  const { records, items, refused, rejectedItems, skippedRecords, signals, isDone } = counts;
  const bySignal = Object.entries(signals).map(([signal, count]) => `${count.toLocaleString('en')} ${signal}`);
  const parts = [
    `${file}: ${dryRun ? 'would import' : 'imported'} ${items.toLocaleString('en')} items of ${records.toLocaleString('en')} records`,
    ...(bySignal.length > 0 ? [`(${bySignal.join(', ')})`] : []),
  ];
  const notes = [
    ...(refused > 0 ? [`${refused.toLocaleString('en')} records refused`] : []),
    ...(rejectedItems > 0 ? [`${rejectedItems.toLocaleString('en')} items rejected`] : []),
    ...(skippedRecords > 0 ? [`${skippedRecords.toLocaleString('en')} records imported before`] : []),
    ...(isDone ? [] : ['interrupted; run the same command to continue']),
  ];
  return [parts.join(' '), ...notes].join('; ');
}
