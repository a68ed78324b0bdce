import type { PopulationDifference, ValueShare } from '../../populations/contract.ts';
import { asNumber, asText, type Row } from '../shared/context.ts';

/** Numbers of traces that were read. */
export interface PopulationSizes {
  readonly selected: number;
  readonly baseline: number;
}

const MAX_DIFFERENCES = 200;

/** Ranks properties by how much their most different value differs, beyond chance. */
export function rankDifferences(rows: readonly Row[], sizes: PopulationSizes): readonly PopulationDifference[] {
  const properties = Map.groupBy(
    rows.filter((row) => row['kind'] !== 'time'),
    (row) => JSON.stringify([row['kind'], row['service'], row['key']]),
  );
  return [...properties.values()]
    .map((own) => differenceOf(own, sizes))
    .filter(({ effect }) => effect > 0)
    .sort((a, b) => b.effect - a.effect || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.key < b.key ? -1 : 1))
    .slice(0, MAX_DIFFERENCES);
}

/** Among equal differences, what is known first explains the most. */
const KINDS = ['resource', 'attribute', 'span', 'calls', 'status'] as const;

interface RatedValue {
  readonly share: ValueShare;
  readonly difference: number;
  readonly effect: number;
  readonly mark: string;
}

function differenceOf(rows: readonly Row[], sizes: PopulationSizes): PopulationDifference {
  const rated = rows.map((row) => rate(row, sizes)).sort((a, b) => b.effect - a.effect || b.difference - a.difference);
  const [first] = rows;
  const [strongest] = rated;
  // A value that the selection has says more than one that it lacks.
  const present = rated.find(({ difference }) => difference > 0);
  const best = (present?.effect ?? 0) >= (strongest?.effect ?? 0) * PRESENT_FACTOR ? present : strongest;
  const kind = KINDS.find((one) => one === first?.['kind']) ?? 'attribute';
  const key = asText(first?.['key']);
  return {
    kind,
    service: asText(first?.['service']),
    key,
    isOutcome: kind === 'status' || (kind === 'attribute' && OUTCOME.test(key)),
    best: best?.share ?? { value: '', selected: 0, baseline: 0 },
    difference: best?.difference ?? 0,
    effect: best?.effect ?? 0,
    values: rated.map(({ share }) => share),
    mark: best?.mark ?? '',
  };
}

/** Part of the strongest effect from which a value that the selection has is preferred. */
const PRESENT_FACTOR = 0.7;

/** Matches attributes that describe a result. */
const OUTCOME = /(^|[._])(error|exception|status(_code|\.code)?|response|result|outcome)([._]|$)/i;

function rate(row: Row, sizes: PopulationSizes): RatedValue {
  const [selected, baseline] = [asNumber(row['selected']), asNumber(row['baseline'])];
  const difference = selected / sizes.selected - baseline / sizes.baseline;
  const error = Math.sqrt(variance(selected, sizes.selected) + variance(baseline, sizes.baseline));
  const low = row['low'];
  return {
    share: {
      ...(low === null || low === undefined
        ? { value: asText(row['value']) }
        : { value: rangeText(asNumber(low)), range: rangeOf(asNumber(low)) }),
      selected,
      baseline,
    },
    difference,
    effect: Math.max(0, Math.abs(difference) - 2 * error),
    mark: `${selected} ${baseline} ${asText(row['mark'])}`,
  };
}

/** Returns the variance of a share. Half a trace is added on both sides, so that a share of 0 or 1 has some, too. */
function variance(count: number, size: number): number {
  const share = (count + 0.5) / (size + 1);
  return (share * (1 - share)) / (size + 1);
}

/** Returns the numbers with the same power of two as `low`. */
function rangeOf(low: number): { readonly from: number; readonly below: number } {
  if (low === 0 || !Number.isFinite(low)) return { from: low, below: low };
  return low > 0 ? { from: low, below: low * 2 } : { from: low * 2, below: low };
}

function rangeText(low: number): string {
  const { from, below } = rangeOf(low);
  return from === below ? String(from) : `${from} to ${below}`;
}
