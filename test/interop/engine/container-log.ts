import { setImmediate as turn } from 'node:timers/promises';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { fileLog } from '../../../packages/collector/src/receivers/file_log.ts';

/** Reads the log file of a container with `file_log`, and returns `count` records, as `stream: body`. */
export async function readContainerLog(path: string, count: number): Promise<readonly string[]> {
  const operators = [{ type: 'container', add_metadata_from_filepath: false }];
  const bench = await createComponentBench(fileLog, { config: { include: [path], start_at: 'beginning', operators } });
  await bench.start();
  try {
    for (;;) {
      const parts = bench.received.flatMap((batch) => batch.parts);
      const records = parts.flatMap((part) =>
        (decodeRequest('logs', part).resourceLogs ?? []).flatMap(({ scopeLogs = [] }) =>
          scopeLogs.flatMap(({ logRecords = [] }) => logRecords),
        ),
      );
      if (records.length >= count)
        return records.map(({ attributes = [], body }) => {
          const stream = attributes.find(({ key }) => key === 'log.iostream');
          return `${stream?.value?.stringValue}: ${body?.stringValue}`;
        });
      await bench.clock.advance(1000);
      await turn();
    }
  } finally {
    await bench.close();
  }
}
