import type { Table } from '../columns/signal-builder.ts';
import { entryText } from '../parquet/entries.ts';
import { CellClock } from './cells.ts';
import type { Summary } from './encode.ts';
import { CHUNK_ROWS, TableRows } from './rows.ts';
import { ServiceCells, serviceNumbers, versionNumbers } from './services.ts';
import { StringTable } from './strings.ts';
import { VolumeCells } from './volumes.ts';

/** Number of records beyond which the names of metrics are not told apart. */
const MAX_NAMED = 20_000;

/** Summarizes data points: their services, and their sizes by metric. `undefined` if there are too many services. */
export function summarizePoints(table: Table, maxServices: number, maxText: number): Summary | undefined {
  const limits = { maxServices, maxText };
  return summarize(table, true, limits) ?? summarize(table, false, limits);
}

function summarize(
  table: Table,
  hasNames: boolean,
  limits: { readonly maxServices: number; readonly maxText: number },
): Summary | undefined {
  const rows = new TableRows(table.columns, table.rows);
  const clock = new CellClock(rows.words64('time', 0, table.rows).words);
  const strings = new StringTable();
  strings.add('');
  const services = new ServiceCells(strings);
  const volumes = new VolumeCells();
  const names: number[] = [];
  for (let from = 0; from < table.rows; from += CHUNK_ROWS) {
    const to = Math.min(from + CHUNK_ROWS, table.rows);
    // Derived columns share memory: each is translated before the next is built.
    const numbers = serviceNumbers(services, rows.text('service_name', from, to));
    const versions = versionNumbers(services, rows.text('resource_attributes', from, to));
    const column = rows.text('name', from, to);
    const times = rows.words64('time', from, to).words;
    for (let i = 0; i < numbers.length; i++) {
      clock.locate(times[i * 2] as number, times[i * 2 + 1] as number);
      const service = numbers[i] as number;
      services.add(clock, service, versions[i] as number, false);
      const entry = column.refs[i] as number;
      if (hasNames) names[entry] ??= strings.add(entryText(column, entry));
      volumes.add(clock.cell, service, names[entry] ?? 0, 0, table.sizes[from + i] as number);
    }
    if (services.count > limits.maxServices || strings.length > limits.maxText) return undefined;
    if (hasNames && volumes.count > MAX_NAMED) return undefined;
  }
  return {
    ...{ cellSeconds: clock.cellSeconds, strings: strings.all, services: services.all(), hasNames },
    ...{ operations: undefined, errors: undefined, severities: undefined, volumes: volumes.all() },
  };
}
