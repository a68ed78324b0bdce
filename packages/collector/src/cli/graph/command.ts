import { setTimeout as sleep } from 'node:timers/promises';
import type { PipelineGraph } from '@otelier/query';
import { createApiClient } from '@otelier/query/client';
import { EXIT } from '../commands/exit-codes.ts';
import type { ConfigOptions } from '../configuration.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { graphAsJson } from './json.ts';
import { graphAsDot, graphAsMermaid } from './markup.ts';
import type { Drawing } from './pipelines.ts';
import { ratesBetween } from './rates.ts';
import { graphAsSvg } from './svg.ts';
import { graphAsText } from './text.ts';

/** The options of `otelier graph`. */
export interface GraphOptions extends ConfigOptions {
  readonly format: 'text' | 'mermaid' | 'svg' | 'dot' | 'json';
  readonly url: string;
}

/** Prints the pipelines of a running process with their rates, or those of a configuration. */
export async function graphCommand(options: GraphOptions, console: Console): Promise<void> {
  const { config, set, format, url } = options;
  if (config.length === 0 && set.length > 0)
    throw new CommandFailure('expected --config FILE with --set, got none', EXIT.usage);
  const drawing = config.length > 0 ? await configured(options, console) : await running(url, console);
  console.print(FORMATS[format](drawing, console));
}

const FORMATS: Readonly<Record<GraphOptions['format'], (drawing: Drawing, console: Console) => string>> = {
  text: (drawing, { paint }) => graphAsText(drawing, paint),
  mermaid: graphAsMermaid,
  svg: graphAsSvg,
  dot: graphAsDot,
  json: graphAsJson,
};

/** Time between the two snapshots from which rates are computed. */
const OBSERVED_MILLIS = 1_000;

async function running(url: string, { environment }: Console): Promise<Drawing> {
  const client = createApiClient(url, { token: environment['OTELIER_TOKEN'] });
  const before = await client.get('/pipeline');
  await sleep(OBSERVED_MILLIS);
  const graph = await client.get('/pipeline');
  return { graph, rates: ratesBetween(before, graph) };
}

/** Builds the graph of a configuration in one thread, without starting it. */
async function configured({ config, set }: ConfigOptions, console: Console): Promise<Drawing> {
  // A running process draws its graph without what reads configurations.
  const [{ pino }, { createService }, { loadService, readSources }] = await Promise.all([
    import('pino'),
    import('../../service/service.ts'),
    import('../configuration.ts'),
  ]);
  const loaded = await loadService(await readSources(config, console), set, console);
  const service = createService({
    config: { ...loaded, service: { ...loaded.service, workers: 1 } },
    environment: console.environment,
    logger: pino({ enabled: false }),
  });
  const graph: PipelineGraph = service.graph();
  await service.shutdown();
  return { graph, rates: undefined };
}
