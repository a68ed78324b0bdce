import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { sendWrite } from '../../../packages/query/src/prometheus/write/remote-write.testing.ts';
import { NODE, OTELIER } from '../gateway.ts';
import { type Running, startServer } from '../processes.ts';

/** Starts a Prometheus that accepts remote write, with the experimental functions. */
export async function startPrometheus(
  program: string,
  directory: string,
  port: number,
  remoteRead?: string,
): Promise<Running> {
  const config = join(directory, 'prometheus.yml');
  const reader = remoteRead === undefined ? '' : `remote_read: [{ url: "${remoteRead}", read_recent: true }]\n`;
  await writeFile(config, `global: {}\n${reader}`);
  return startServer(
    [
      program,
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--enable-feature=promql-experimental-functions,native-histograms,promql-duration-expr',
      '--log.level=error',
    ],
    [port],
  );
}

/** Starts a VictoriaMetrics that returns the newest samples at once. */
export async function startVictoriaMetrics(program: string, directory: string, port: number): Promise<Running> {
  const args = [`-storageDataPath=${join(directory, 'victoria')}`, `-httpListenAddr=127.0.0.1:${port}`];
  return startServer([program, ...args, '-search.latencyOffset=0s', '-search.disableCache'], [port]);
}

/** Starts otelier with a store and the page, whose port serves the API of Prometheus. */
export async function startOtelier(directory: string, port: number): Promise<Running> {
  const config = join(directory, 'otelier.yaml');
  await writeFile(
    config,
    `receivers: {otlp: {protocols: {grpc: {endpoint: "unix:${directory}/grpc"}}}}
exporters: {store: {directory: "${directory}/store"}}
extensions: {workbench: {endpoint: "127.0.0.1:${port}"}}
service:
  telemetry: {logs: {level: warn}}
  extensions: [workbench]
  pipelines: {metrics: {receivers: [otlp], exporters: [store]}}
`,
  );
  return startServer([NODE, OTELIER, '--config', config], [port]);
}

/** Sends a request, again while a server that has just started cannot take it. */
export async function writeTo(url: string, body: Uint8Array, version: 1 | 2 = 2): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await sendWrite(url, body, version);
    if (response.status === 204) return;
    if (response.status !== 503 || attempt > 50) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    await setTimeout(100);
  }
}
