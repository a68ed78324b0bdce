import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import type { ClientOptions } from '@otelier/sdk';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { createHttpServer } from '@otelier/transport/http-server';

/** The result of an outage. */
export interface OutageReport {
  /** Number of spans reported to the application as buffered. */
  readonly kept: number;
  /** Number of buffered spans that never arrived. */
  readonly lost: number;
  /** Number of spans that arrived after a later one. */
  readonly outOfOrder: number;
  /** Number of duplicate spans. */
  readonly duplicated: number;
  /** Number of spans in the largest request, which may be in flight when the application is killed. */
  readonly maxInRequest: number;
}

/**
 * Runs an application with a disk buffer while its endpoint is down: the application is killed, restarted, exits and is
 * started again. Then the endpoint comes up, and the application is killed again while it sends the buffered spans.
 */
export async function runOutage(outageMillis: number, options: ClientOptions = {}): Promise<OutageReport> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-outage-'));
  const [port = 0] = await freePorts(1);
  const client = JSON.stringify({ ...options, endpoint: `http://127.0.0.1:${port}` });
  const start = (name: string) => startApplication(name, join(directory, 'buffer'), client);
  const kept: string[] = [];
  for (const [name, signal] of [
    ['a', 'SIGKILL'],
    ['b', 'SIGTERM'],
    ['c', 'SIGKILL'],
  ] as const) {
    const application = start(name);
    await application.until('buffered');
    await setTimeout(outageMillis / 3);
    kept.push(...(await application.end(signal)));
  }
  const handler = createRecordingHandler();
  const server = await createHttpServer({ endpoint: `127.0.0.1:${port}` }, handler);
  const sending = start('d');
  await handler.untilRequests(5);
  kept.push(...(await sending.end('SIGKILL')));
  const last = start('e');
  await last.until('flushed');
  kept.push(...(await last.end('SIGTERM')));
  await server.shutdown(1_000);
  await rm(directory, { recursive: true });
  return reportOf(kept, spansOf(handler));
}

function reportOf(kept: readonly string[], requests: readonly (readonly string[])[]): OutageReport {
  const arrived = requests.flat();
  const unique = [...new Set(arrived)];
  const lost = new Set(kept).difference(new Set(unique));
  const outOfOrder = unique.filter((name, i) => i > 0 && placeOf(name) < placeOf(unique[i - 1] ?? ''));
  return {
    kept: kept.length,
    lost: lost.size,
    outOfOrder: outOfOrder.length,
    duplicated: arrived.length - unique.length,
    maxInRequest: Math.max(...requests.map(({ length }) => length)),
  };
}

/** Returns a sort key for a span: applications in name order, then the span number. */
function placeOf(name: string): number {
  return name.charCodeAt(0) * 1e9 + Number(name.slice(2));
}

interface Application {
  /** Resolves when the application has printed that all spans are `buffered` or `flushed`. */
  until(kind: string): Promise<void>;
  /** Ends the application and returns the spans that were reported to it as buffered. */
  end(signal: NodeJS.Signals): Promise<readonly string[]>;
}

function startApplication(name: string, directory: string, client: string): Application {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'outage-application.ts')], {
    env: { ...process.env, OUTAGE_NAME: name, OUTAGE_DIRECTORY: directory, OUTAGE_CLIENT: client },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const closed = once(lines, 'close');
  let count = 0;
  lines.on('line', (line) => {
    count = Number(line.split(' ')[1]);
  });
  return {
    async until(kind) {
      for (;;) {
        const [line] = await Promise.race([once(lines, 'line'), closed]);
        if (line === undefined) throw new Error(`the application ${name} exited`);
        if (String(line).startsWith(kind)) return;
      }
    },
    async end(signal) {
      child.kill(signal);
      await closed;
      return Array.from({ length: count }, (_, i) => `${name} ${i}`);
    },
  };
}

/** Returns the span names in each request. */
function spansOf({ requests }: RecordingHandler): string[][] {
  return requests.map(({ body }) => {
    const { resourceSpans } = decodeRequest('traces', body) as unknown as RequestOfSpans;
    return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)));
  });
}

interface RequestOfSpans {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string }[] }[];
  }[];
}
