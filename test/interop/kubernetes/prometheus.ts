import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { startServer } from '../processes.ts';
import type { Cluster } from './cluster.ts';

/** The labels of a discovered target. */
export type Labels = Readonly<Record<string, string>>;

/** The targets that Prometheus has discovered, as its API has them. */
interface Targets {
  readonly activeTargets: readonly { readonly scrapePool: string; readonly discoveredLabels: Labels }[];
  readonly droppedTargets: readonly { readonly discoveredLabels: Labels }[];
}

/** Starts Prometheus with scrape configurations, and its files in the directory of a cluster. */
export async function startPrometheus(cluster: Cluster, program: string, scrapeConfigs: readonly object[]) {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const config = join(cluster.directory, 'prometheus.json');
  await writeFile(config, JSON.stringify({ scrape_configs: scrapeConfigs }));
  const data = join(cluster.directory, 'prometheus');
  const command = [program, `--config.file=${config}`, `--storage.tsdb.path=${data}`];
  const server = await startServer([...command, `--web.listen-address=127.0.0.1:${port}`], [port]);
  while (!(await fetch(`${url}/-/ready`)).ok) await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    async targets(): Promise<Targets> {
      const response = await fetch(`${url}/api/v1/targets`);
      return ((await response.json()) as { readonly data: Targets }).data;
    },
    stop: () => server.stop(),
  };
}

/** Returns labels whose names match, in their order, without empty ones, which are as good as none. */
export function labelsText(labels: Labels, names: RegExp): string {
  const own = Object.entries(labels).filter(([name, value]) => value !== '' && names.test(name));
  return JSON.stringify(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}
