import { msg } from '../../locale/t.ts';
import type { IconName } from '../../parts/icon.tsx';

/** The groups of the palette, in their order. */
const GROUPS = [
  msg('Recent'),
  msg('Trace'),
  msg('Views'),
  msg('Services'),
  msg('On the map'),
  msg('Routes and operations'),
  msg('Metrics'),
  msg('Attributes'),
  msg('Boards'),
  msg('Saved'),
  msg('Commands'),
  msg('Settings'),
  msg('Command line'),
  msg('Opened traces'),
] as const;

/** A palette entry. */
export interface PaletteEntry {
  readonly id: string;
  readonly group: (typeof GROUPS)[number];
  readonly text: string;
  readonly note?: string;
  /** Whether the note only serves to find the entry. */
  readonly hidesNote?: boolean;
  /** Text of the right column: the effect of Enter, or a number. */
  readonly aside?: string;
  readonly keys?: readonly string[];
  readonly icon?: IconName;
  readonly service?: string;
  readonly mono?: boolean;
  /** Whether the entry is listed only if a text finds it, because there are many of its kind. */
  readonly isSoughtOnly?: boolean;
  readonly run: () => void;
}

const MAX_PER_GROUP = 5;

/**
 * Returns the entries that contain every word of the query, prefix matches first, up to a limit per group. Without a
 * query, the entries with the IDs in `recent` come first.
 */
export function findEntries(
  entries: readonly PaletteEntry[],
  query: string,
  recent: readonly string[] = [],
): readonly PaletteEntry[] {
  const words = query
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) {
    const first = recent.flatMap((id) => entries.find((entry) => entry.id === id) ?? []);
    const rest = entries.filter((entry) => entry.isSoughtOnly !== true && !first.includes(entry));
    return [...first.map((entry) => ({ ...entry, group: 'Recent' as const })), ...inGroups(rest)];
  }
  const matching = entries.filter((entry) =>
    words.every((word) => `${entry.text} ${entry.note ?? ''}`.toLowerCase().includes(word)),
  );
  const rank = (entry: PaletteEntry): number => {
    const at = entry.text.toLowerCase().indexOf(words[0] ?? '');
    return at === 0 ? 0 : at > 0 ? 1 : 2;
  };
  return inGroups(matching.toSorted((a, b) => rank(a) - rank(b)));
}

function inGroups(entries: readonly PaletteEntry[]): readonly PaletteEntry[] {
  const groups = Map.groupBy(entries, ({ group }) => group);
  return GROUPS.flatMap((group) =>
    (groups.get(group) ?? []).slice(0, group === 'Views' || group === 'Commands' ? undefined : MAX_PER_GROUP),
  );
}

/** Returns the trace ID in a pasted string, whether bare or in a `traceparent`. */
export function traceIdIn(text: string): string | undefined {
  return /(?:^|[^0-9a-f])([0-9a-f]{32})(?:[^0-9a-f]|$)/i.exec(text)?.[1]?.toLowerCase();
}
