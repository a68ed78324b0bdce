import { appendFile } from 'node:fs/promises';
import { ACCEPTED, requestToJson } from '@otelier/otlp';
import { connectionOutcome, type ExportClient, encodingOutcome } from '@otelier/transport/portable';
import { joined } from '../wire/join.ts';

/** Returns a transport that writes each request as a line of OTLP/JSON (specification, "OTLP File Exporter"). */
export function lineTransport(write: (line: string) => Promise<void>): ExportClient {
  return {
    async export(signal, parts) {
      let line: string;
      try {
        line = `${requestToJson(signal, joined(parts))}\n`;
      } catch (error) {
        return encodingOutcome(signal, error);
      }
      try {
        await write(line);
        return ACCEPTED;
      } catch (error) {
        return connectionOutcome(String(error));
      }
    },
    async shutdown() {},
  };
}

/** Returns a transport that writes lines to standard output. */
export function consoleTransport(): ExportClient {
  return lineTransport((line) => new Promise((resolve) => process.stdout.write(line, () => resolve())));
}

/** Returns a transport that appends lines to a file, which is created if missing. */
export function fileTransport(path: string | URL): ExportClient {
  return lineTransport((line) => appendFile(path, line));
}
