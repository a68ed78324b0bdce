import { appendFile } from 'node:fs/promises';
import { ACCEPTED, requestToJson } from '@otelier/otlp';
import { connectionOutcome, type ExportClient } from '@otelier/transport/portable';
import { joined } from '../wire/join.ts';

/** Writes each request as a line of OTLP/JSON (specification, "OTLP File Exporter"). */
export function lineTransport(write: (line: string) => Promise<void>): ExportClient {
  return {
    async export(signal, parts) {
      try {
        await write(`${requestToJson(signal, joined(parts))}\n`);
        return ACCEPTED;
      } catch (error) {
        return connectionOutcome(String(error));
      }
    },
    async shutdown() {},
  };
}

/** Lines on the standard output. */
export function consoleTransport(): ExportClient {
  return lineTransport((line) => new Promise((resolve) => process.stdout.write(line, () => resolve())));
}

/** Lines at the end of a file, which is made when it is not there. */
export function fileTransport(path: string | URL): ExportClient {
  return lineTransport((line) => appendFile(path, line));
}
