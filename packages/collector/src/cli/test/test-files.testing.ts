import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Ended, otelier, withTempDirectory } from '../otelier.testing.ts';

/** A configuration with a pipeline of each kind that tests need. */
export const CONFIG = `
receivers: {otlp: {protocols: {grpc: {}}}}
processors:
  filter: {traces: {span: ['attributes["http.route"] == "/healthz"']}}
  batch: {timeout: 5s}
  tail_sampling:
    decision_wait: 10s
    policies:
      - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
  transform: {log_statements: ['set(log.attributes["seen"], true) where log.severity_text == "ERROR"']}
connectors:
  routing:
    default_pipelines: [traces/other]
    table: [{condition: 'resource.attributes["env"] == "test"', pipelines: [traces/test]}]
exporters: {otlp_grpc/far: {endpoint: 'far:4317'}, otlp_http: {endpoint: 'http://far:4318'}}
service:
  pipelines:
    traces: {receivers: [otlp], processors: [filter, batch], exporters: [otlp_grpc/far]}
    traces/sampled: {receivers: [otlp], processors: [tail_sampling], exporters: [routing]}
    traces/test: {receivers: [routing], exporters: [otlp_http]}
    traces/other: {receivers: [routing], exporters: [otlp_grpc/far]}
    logs: {receivers: [otlp], processors: [transform], exporters: [otlp_grpc/far, otlp_http]}
`;

/** Writes files to a temporary directory and runs `otelier test` in it. */
export async function runTests(
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  use: (ended: Ended, directory: string) => void | Promise<void> = () => {},
): Promise<Ended> {
  let ended: Ended | undefined;
  await withTempDirectory(async (directory) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    ended = await otelier(['test', ...args], { cwd: directory });
    await use(ended, directory);
  });
  if (ended === undefined) throw new Error('expected the command to end');
  return ended;
}
