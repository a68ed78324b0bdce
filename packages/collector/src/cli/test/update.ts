import type { PipelineTest } from './file/model.ts';
import { selectOutputs } from './pipeline/resolve-target.ts';
import type { TestRecord } from './pipeline/test-run.ts';
import type { TestOutput } from './pipeline/tested-config.ts';
import { writeTelemetryFile } from './telemetry/write-telemetry-file.ts';

/** Writes what a test has recorded to the files with the expected items. Returns their paths. */
export async function updateExpectedFiles(
  test: PipelineTest,
  { batches, failure }: TestRecord,
  outputs: readonly TestOutput[],
): Promise<string[]> {
  const written: string[] = [];
  if (failure !== undefined) return written;
  for (const output of test.outputs) {
    if (output.file === undefined) continue;
    const selected = selectOutputs(output, outputs);
    const recorded = batches.filter(({ pipeline, exporter }) =>
      selected.some((one) => one.pipeline === pipeline && one.exporter === exporter),
    );
    const requests = recorded.flatMap(({ signal, parts }) => parts.map((bytes) => ({ signal, bytes })));
    await writeTelemetryFile(output.file, requests);
    written.push(output.file);
  }
  return written;
}
