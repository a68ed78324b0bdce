import { ACCEPTED } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createHttpServer } from '@otelier/transport/http-server';
import type { Lifetime } from '../../e2e/gateway.ts';

/** A destination that counts lines by file and number. */
export interface LineDestination {
  readonly url: string;
  /** How many times each line of a file has arrived, by its number. */
  readonly counts: readonly Uint8Array[];
}

const LINE = /"stringValue":"(\d+) (\d+) x/g;
const MAX_LINES = 2_000_000;

/** Starts a destination of OTLP/JSON. */
export async function startLineDestination(lifetime: Lifetime, fileCount: number): Promise<LineDestination> {
  const counts = Array.from({ length: fileCount }, () => new Uint8Array(MAX_LINES / fileCount));
  const handler = createRecordingHandler();
  handler.response = ({ body }) => {
    for (const [, file, line] of Buffer.from(body).toString('latin1').matchAll(LINE)) {
      const lines = counts[Number(file)];
      if (lines !== undefined) lines[Number(line)] = (lines[Number(line)] ?? 0) + 1;
    }
    return ACCEPTED;
  };
  const server = await createHttpServer({ endpoint: '127.0.0.1:0' }, handler);
  lifetime.after(() => server.shutdown(0));
  return { url: `http://${server.address}`, counts };
}
