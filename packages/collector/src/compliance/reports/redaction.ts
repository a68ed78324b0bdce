import type { ReportRequest } from '@otelier/query';
import { foundKinds } from './found-kinds.ts';
import type { ReportContext, Section } from './report-context.ts';

/** Which values are masked before they are stored, and whether some of these kinds are stored all the same. */
export async function redactionSections(
  { tenant }: ReportRequest,
  context: ReportContext,
): Promise<readonly Section[]> {
  const { components, pipelines } = context.host.configuration?.setup() ?? { components: [], pipelines: [] };
  const processors = components.filter(({ kind, type }) => kind === 'processor' && type === 'redaction');
  const catalogOf = (config: Readonly<Record<string, unknown>>): readonly string[] => {
    const tenants = config['tenants'] as Readonly<Record<string, { readonly catalog?: readonly string[] }>> | undefined;
    return tenants?.[tenant]?.catalog ?? (config['catalog'] as readonly string[] | undefined) ?? [];
  };
  const kinds = [...new Set(processors.flatMap(({ config }) => catalogOf(config)))];
  const stores = new Set(
    components.filter(({ type }) => type === 'store' || type === 'clickhouse_store').map(({ id }) => id),
  );
  const masking = new Set(processors.map(({ id }) => id));
  return [
    {
      title: 'Processors',
      columns: ['Where configured', 'Kinds and groups that are masked for the tenant', 'Pipelines'],
      rows: processors.map(({ id, config }) => [
        ...[`processors.${id}`, catalogOf(config).join(', ')],
        pipelines.flatMap((pipeline) => (pipeline.processors.includes(id) ? [pipeline.id] : [])).join(', '),
      ]),
    },
    {
      title: 'Pipelines that store telemetry',
      columns: ['Pipeline', 'Masked before it is stored'],
      rows: pipelines
        .filter(({ exporters }) => exporters.some((id) => stores.has(id)))
        .map(({ id, processors: own }) => [id, own.some((one) => masking.has(one)) ? 'yes' : 'no']),
    },
    {
      title: 'Search of stored telemetry',
      text:
        kinds.length === 0
          ? 'No kinds are masked, so that nothing was searched.'
          : 'The newest stored items were searched for the kinds that are masked. Values that were stored before the processor existed are found, too. Use `otelier subject search` to search all files for a single value.',
      columns: ['Signal', 'Items searched', 'Kind', 'Group', 'Values', 'Items'],
      rows: kinds.length === 0 ? [] : await foundKinds(context, tenant, kinds),
    },
  ];
}
