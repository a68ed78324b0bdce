import type { MetricKind, RangeQuery } from '../../contract.ts';
import type { MetricIdentity } from '../../samples.ts';
import { asText, type ReadContext, select, withRange } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';

/** Returns the metrics in the files that overlap the range. Each file is read once. */
export async function metricIdentities(context: ReadContext, query: RangeQuery): Promise<readonly MetricIdentity[]> {
  return withRange(context, query, 'metrics', [], async (files) => {
    const missing = files.all.filter(({ path }) => context.streams.identities(path) === undefined);
    if (missing.length > 0) await readIdentities(context, query.tenant, new Files(missing));
    const found = new Map<string, MetricIdentity>();
    for (const { path } of files.all) {
      for (const one of context.streams.identities(path) ?? []) {
        found.set(JSON.stringify([one.name, one.unit, one.kind, one.monotonic]), one);
      }
    }
    return [...found.values()];
  });
}

async function readIdentities(context: ReadContext, tenant: string, files: Files): Promise<void> {
  const text = `SELECT DISTINCT filename, name, unit, kind, is_monotonic FROM ${files.relation}`;
  const rows = await select(context, tenant, text, new ParameterBag());
  const byFile = Map.groupBy(rows, (row) => asText(row['filename']));
  for (const { path } of files.all) {
    const identities = (byFile.get(path) ?? []).map((row) => ({
      name: asText(row['name']),
      unit: asText(row['unit']),
      kind: asText(row['kind']) as MetricKind,
      monotonic: row['is_monotonic'] === true,
    }));
    context.streams.setIdentities(path, identities);
  }
}
