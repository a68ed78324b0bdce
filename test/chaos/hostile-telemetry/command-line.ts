import { openStoreReadOnly } from '@otelier/store';
import { decodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import { runOtelier } from '../../e2e/gateway.ts';
import { parseLines } from '../../e2e/items.ts';
import { compareItems, type Report, shortened } from './checks.ts';
import type { SentTelemetry } from './sent.ts';

/** Characters that control a terminal or change the text direction. */
const COMMANDS = /(?!\n)[\p{Cc}\p{Bidi_C}]/u;

/** The relation that contains each signal's items. */
const RELATIONS = { traces: 'spans', logs: 'logs', metrics: 'metric_points' } as const;

/** Checks the output of `otelier query` and `otelier export` for one signal in a closed store. */
export async function checkCommandLine(
  directory: string,
  signal: keyof RequestJson,
  sent: SentTelemetry,
  report: Report,
): Promise<void> {
  const query = ['--data', directory, '--max-rows', '500', `select * from ${RELATIONS[signal]}`];
  await printed(['query', ...query], report);
  const json = await printed(['query', '--json', ...query], report);
  if (json !== undefined && !Array.isArray(JSON.parse(json))) report('otelier query --json: expected a list');
  const lines = await printed(['export', '--signal', signal, '--data', directory], report);
  if (lines !== undefined)
    compareItems(`otelier export of ${signal}`, parseLines(lines), sent.requests[signal], report);
}

async function printed(args: readonly string[], report: Report): Promise<string | undefined> {
  const { code, stdout, stderr } = await runOtelier(...args);
  const command = `otelier ${args.join(' ')}`;
  if (code !== 0) report(`${command}: code ${code}: ${shortened(stderr)}`);
  const found = COMMANDS.exec(stdout);
  if (found !== null)
    report(`${command}: control character ${JSON.stringify(stdout.slice(found.index, found.index + 20))}`);
  return code === 0 ? stdout : undefined;
}

/** Compares the store's protobuf export with the sent telemetry. */
export async function checkStoreExport(directory: string, sent: SentTelemetry, report: Report): Promise<void> {
  const store = await openStoreReadOnly(directory);
  try {
    for (const signal of Object.keys(sent.requests) as (keyof RequestJson)[]) {
      const requests: unknown[] = [];
      for await (const bytes of store.export({ tenant: 'default', signal }))
        requests.push(decodeRequest(signal, bytes));
      compareItems(`store's export of ${signal}`, requests, sent.requests[signal], report);
    }
  } finally {
    await store.close();
  }
}
