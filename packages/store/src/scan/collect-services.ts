import type { BytesColumn } from '../parquet/column.ts';
import { entryText } from '../parquet/entries.ts';
import type { ServiceItems } from '../read/summaries/protocol.ts';
import { SERVING_KINDS } from '../summaries/operations.ts';
import { versionOf } from '../summaries/services.ts';
import type { RowBlock } from './block.ts';
import type { RowList } from './selection.ts';

/** Counts the selected rows of a block by service and version. `words` are their times. */
export function collectServices(block: RowBlock, words: Uint32Array, selected: RowList): readonly ServiceItems[] {
  const services = textsOf(block, 'service_name');
  const resources = textsOf(block, 'resource_attributes');
  const kinds = textsOf(block, 'kind');
  const cells = new Map<number, Cell>();
  const scale = (resources?.entries.count ?? 0) + 1;
  for (let i = 0; i < selected.length; i++) {
    const row = selected[i];
    const service = services === undefined ? 0 : services.refs[row];
    const resource = resources === undefined ? 0 : resources.refs[row];
    const key = service * scale + resource;
    let cell = cells.get(key);
    if (cell === undefined) {
      cell = { service, resource, items: 0, kinds: new Set(), last: row };
      cells.set(key, cell);
    }
    cell.items += 1;
    if (kinds !== undefined) cell.kinds.add(kinds.refs[row]);
    if (isLater(words, row, cell.last)) cell.last = row;
  }
  return [...cells.values()].map(({ service, resource, items, kinds: entries, last }) => ({
    service: entryText(services, service),
    version: versionOf(entryText(resources, resource)),
    items,
    serving: [...entries].some((entry) => SERVING_KINDS.has(entryText(kinds, entry))),
    lastSeen: (BigInt(words[last * 2 + 1] | 0) << 32n) + BigInt(words[last * 2]),
  }));
}

interface Cell {
  readonly service: number;
  readonly resource: number;
  readonly kinds: Set<number>;
  items: number;
  last: number;
}

function textsOf(block: RowBlock, name: string): BytesColumn | undefined {
  const column = block.column(name);
  return column?.kind === 'bytes' ? column : undefined;
}

function isLater(words: Uint32Array, a: number, b: number): boolean {
  const [highA, highB] = [words[a * 2 + 1] | 0, words[b * 2 + 1] | 0];
  return highA > highB || (highA === highB && words[a * 2] > words[b * 2]);
}
