import type { DryRunReport } from '@otelier/query';
import type { Capture } from '../service/editing/dry-run/capture.ts';
import { balanceOf } from './balance.ts';
import { compareItems } from './compare-items.ts';
import { componentName } from './isolated-config.ts';
import type { Replay } from './replay.ts';

/** Compares what two configurations did with captured telemetry. */
export async function dryRunReport(capture: Capture, now: Replay, draft: Replay): Promise<DryRunReport> {
  const balance = balanceOf(capture.items, now, draft);
  return {
    seconds: Math.round(capture.durationMillis / 100) / 10,
    items: capture.items,
    isFull: capture.isFull,
    isBalanced: balance.every((row) => row.kind !== 'unaccounted' || (row.now === 0 && row.draft === 0)),
    balance,
    outputs: outputsOf(now, draft),
    edges: edgesOf(now, draft),
    differing: await compareItems(now, draft),
    notes: notesOf(capture, now, draft),
  };
}

type Counted<T> = T & { readonly now: number; readonly draft: number };

/** Joins the counts of both sides by key. */
function joined<T extends object>(
  sides: { readonly now: readonly (readonly [T, number])[]; readonly draft: readonly (readonly [T, number])[] },
  keyOf: (value: T) => string,
): Counted<T>[] {
  const rows = new Map<string, Counted<T>>();
  for (const side of ['now', 'draft'] as const) {
    for (const [value, items] of sides[side]) {
      const row = rows.get(keyOf(value)) ?? { ...value, now: 0, draft: 0 };
      rows.set(keyOf(value), { ...row, [side]: row[side] + items });
    }
  }
  return [...rows.values()];
}

function outputsOf(now: Replay, draft: Replay): DryRunReport['outputs'] {
  const side = ({ outputs }: Replay) => outputs.map(({ items, ...output }) => [output, items] as const);
  return joined({ now: side(now), draft: side(draft) }, ({ exporter, pipeline }) => `${pipeline} ${exporter}`);
}

function edgesOf(now: Replay, draft: Replay): DryRunReport['edges'] {
  const side = ({ ledger: { nodes, edges } }: Replay) => {
    const names = new Map(nodes.map(({ id, kind, component }) => [id, componentName(kind, component)]));
    return edges.map(({ pipeline, from, to, acceptedItems }) => {
      const edge = { pipeline, from: names.get(from) ?? from, to: names.get(to) ?? to };
      return [edge, acceptedItems] as const;
    });
  };
  return joined({ now: side(now), draft: side(draft) }, ({ pipeline, from, to }) => `${pipeline} ${from} ${to}`);
}

function notesOf({ skippedItems, items }: Capture, now: Replay, draft: Replay): string[] {
  const unidentified = Math.max(now.trails.unidentifiedItems, draft.trails.unidentifiedItems);
  const warnings = [
    ...draft.warnings.map((warning) => `draft: ${warning}`),
    ...now.warnings.map((warning) => `now: ${warning}`),
  ];
  return [
    ...(items === 0 ? ['No telemetry was received meanwhile.'] : []),
    ...(skippedItems > 0 ? [`${skippedItems} items of other threads were too many to be observed.`] : []),
    ...(unidentified > 0
      ? [`${unidentified} items, such as data points, are compared by their number, because nothing identifies them.`]
      : []),
    ...warnings,
  ];
}
