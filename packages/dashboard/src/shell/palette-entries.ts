import { msg } from '../locale/t.ts';
import type { IconName } from '../parts/icon.tsx';

/** The groups of the palette, in their order. */
const GROUPS = [
  msg('Trace'),
  msg('Views'),
  msg('Services'),
  msg('On the map'),
  msg('Routes and operations'),
  msg('Metrics'),
  msg('Boards'),
  msg('Commands'),
] as const;

/** A palette entry. */
export interface PaletteEntry {
  readonly id: string;
  readonly group: (typeof GROUPS)[number];
  readonly text: string;
  readonly note?: string;
  /** Text of the right column: the effect of Enter, or a number. */
  readonly aside?: string;
  readonly keys?: readonly string[];
  readonly icon?: IconName;
  readonly service?: string;
  readonly mono?: boolean;
  readonly run: () => void;
}

const MAX_PER_GROUP = 5;

/** Returns the entries that contain every word of the query, prefix matches first, up to a limit per group. */
export function findEntries(entries: readonly PaletteEntry[], query: string): readonly PaletteEntry[] {
  const words = query
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const matching = entries.filter((entry) =>
    words.every((word) => `${entry.text} ${entry.note ?? ''}`.toLowerCase().includes(word)),
  );
  const rank = (entry: PaletteEntry): number =>
    words[0] === undefined || entry.text.toLowerCase().startsWith(words[0])
      ? 0
      : entry.text.toLowerCase().includes(words[0])
        ? 1
        : 2;
  return GROUPS.flatMap((group) =>
    matching
      .filter((entry) => entry.group === group)
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, group === 'Views' || group === 'Commands' ? undefined : MAX_PER_GROUP),
  );
}

/** Returns the trace ID in a pasted string, whether bare or in a `traceparent`. */
export function traceIdIn(text: string): string | undefined {
  return /(?:^|[^0-9a-f])([0-9a-f]{32})(?:[^0-9a-f]|$)/i.exec(text)?.[1]?.toLowerCase();
}
