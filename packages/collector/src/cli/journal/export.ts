import { requestToJson, type Signal } from '@otelier/otlp';
import type { Console } from '../console.ts';
import { terminalText } from '../terminal-text.ts';
import { findQueues, readBatches } from './queues.ts';

/** The options of `otelier journal export`. */
export interface JournalExportOptions {
  readonly all?: boolean;
  readonly signal?: Signal;
  readonly json?: boolean;
}

/** Writes the batches of queues as OTLP/JSON to standard output, one export request per line. */
export async function journalExportCommand(
  directory: string,
  { json = false, ...selection }: JournalExportOptions,
  console: Console,
): Promise<void> {
  const report = (message: string) => {
    process.exitCode = 1;
    console.error(terminalText(`damaged: ${message}`));
  };
  for (const queue of findQueues(directory)) {
    for await (const { signal, parts, context } of readBatches(queue, selection, report, console.environment)) {
      for (const part of parts) {
        const request = requestToJson(signal, part);
        const about = { queue: queue.name, signal, tenant: context.tenant, arrivalMillis: context.arrivalMillis };
        await write(
          `${terminalText(json ? `${JSON.stringify(about).slice(0, -1)},"request":${request}}` : request)}\n`,
        );
      }
    }
  }
}

/** Writes to standard output and waits for a slow reader, so that exports do not accumulate in memory. */
function write(text: string): Promise<void> | undefined {
  if (process.stdout.write(text)) return undefined;
  return new Promise((resolve) => process.stdout.once('drain', resolve));
}
