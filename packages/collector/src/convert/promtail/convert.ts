import { parseYaml } from '../../config/yaml/parse.ts';
import type { Conversion, ConversionSource } from '../conversion.ts';
import { type LokiDestination, lokiDestination } from '../loki/loki-exporter.ts';
import { ConfigBuilder } from '../output/config-builder.ts';
import { removeInvalid } from '../output/remove-invalid.ts';
import { ConversionReport } from '../report.ts';
import { Section } from '../source/section.ts';
import { convertScrapeConfig, type ScrapedLogs } from './scrape-config.ts';

/** Converts a configuration of Promtail. */
export async function convertPromtail({ name, text, registry }: ConversionSource): Promise<Conversion> {
  const { tree, errors } = parseYaml(name, text);
  if (tree?.kind !== 'map' || errors.length > 0) {
    const missing = {
      severity: 'error',
      position: { source: name, line: 1, column: 1 },
      path: '',
      message: 'expected a mapping with scrape_configs, got none',
    } as const;
    return { kind: 'unreadable', errors: errors.length > 0 ? errors : [missing] };
  }
  const report = new ConversionReport();
  const builder = new ConfigBuilder();
  const root = new Section(tree, [], report);
  convertSettings(root);
  const storage = positionsStorage(root, builder);
  const destinations = [...root.sections('clients'), ...root.sections('client')].map((client) =>
    lokiDestination(client, builder),
  );
  if (destinations.length === 0) report.missing(root.place, 'expected clients, got none', 'add an exporter');
  const scraped = root
    .sections('scrape_configs')
    .flatMap((config) => convertScrapeConfig(config, { builder, report, storage }));
  root.finish();
  addPipelines(scraped, destinations, builder);
  const output = builder.build();
  await removeInvalid(output, report, registry, (section, id) => builder.placeOf(section, id));
  return { kind: 'converted', output, report, next: [NEXT] };
}

const NEXT =
  'Promtail reads each file from the position it has stored; otelier starts at the beginning of files. See docs/guide/convert.md for the move.';

function convertSettings(root: Section): void {
  const server = root.section('server');
  if (server !== undefined) {
    server.skip(...server.keys);
    root.changed('server', 'otelier serves its own health and metrics', 'see docs/guide/health-checks.md');
  }
  root.missing('limits_config', 'limits of Promtail are not converted', 'limit tenants or memory instead');
  root.missing('target_config', 'files are looked for every 200 ms', 'set poll_interval of file_log');
  root.missing('tracing', 'traces of Promtail itself are not converted', 'see service.telemetry.traces');
  root.missing(
    'wal',
    'the log that Promtail writes ahead is not converted',
    'set sending_queue.storage of the exporter',
  );
  root.missing('global', 'global settings are not converted');
  root.missing('options', 'options are not converted');
}

/** Adds the storage of positions. */
function positionsStorage(root: Section, builder: ConfigBuilder): string {
  const positions = root.section('positions');
  const filename = positions?.text('filename') ?? '/var/log/positions.yaml';
  const directory = filename.replace(/\/?[^/]*$/, '');
  positions?.skip('sync_period', 'ignore_invalid_yaml');
  if (positions?.has('filename'))
    positions.changed(
      'filename',
      'positions in files are not taken over from this file',
      'see docs/guide/convert.md for the move',
    );
  positions?.finish();
  const config = { directory: `${directory === '' ? '.' : directory}/otelier-positions`, create_directory: true };
  return builder.add('extensions', 'file_storage', 'positions', config);
}

function addPipelines(
  scraped: readonly ScrapedLogs[],
  destinations: readonly LokiDestination[],
  builder: ConfigBuilder,
): void {
  for (const { receiver, processors } of scraped)
    for (const destination of destinations)
      builder.connect('logs', receiver, [...processors, ...destination.processors], [destination.exporter]);
}
