import type { PipelineGraph } from '@otelier/query';
import type { Endpoint } from '../component/host.ts';

/** Exporters that provide a store. */
const STORES: ReadonlySet<string> = new Set(['store', 'clickhouse_store']);

/** Returns the lines printed at startup: version, endpoints and store, and where the pipeline can be edited. */
export function bannerLines(
  version: string,
  endpoints: readonly Endpoint[],
  graph: PipelineGraph,
  editToken?: string,
): string[] {
  const page = endpoints.find((endpoint) => labelOf(endpoint) === PAGE);
  const rows = [
    ...endpoints.map((endpoint) => [labelOf(endpoint), addressOf(endpoint)] as const),
    ...graph.nodes.filter(({ type }) => STORES.has(type)).map(({ summary }) => ['Store', summary] as const),
    // Browsers send no fragments to servers.
    ...(page === undefined || editToken === undefined
      ? []
      : [['Edit the pipeline', `${addressOf(page)}/pipeline?edit=pipeline#token=${editToken}`] as const]),
  ];
  const distinct = rows.filter(
    ([label, text], index) => rows.findIndex((row) => row[0] === label && row[1] === text) === index,
  );
  const width = Math.max(0, ...distinct.map(([label]) => label.length));
  return [
    `otelier ${version}`,
    '',
    ...distinct.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`),
    '',
    'Stop with Ctrl-C; buffered telemetry is forwarded first.',
  ];
}

const PAGE = 'Page and API';

function labelOf({ component, protocol }: Endpoint): string {
  const type = component.split('/', 1)[0];
  if (type === 'workbench') return PAGE;
  if (type === 'otlp') return protocol === 'grpc' ? 'OTLP/gRPC' : 'OTLP/HTTP';
  return component;
}

function addressOf({ protocol, address }: Endpoint): string {
  return protocol === 'http' && !address.startsWith('unix:') ? `http://${address}` : address;
}
