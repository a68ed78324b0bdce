import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';

const CALM_MILLIS = 5000;

/**
 * Keeps the order of rows stable under the pointer. Rows are sorted when `sort` changes, when rows are added or
 * removed, and otherwise only after 5 seconds without the pointer.
 */
export function useSteadyOrder<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  compare: (a: Row, b: Row) => number,
  sort: string,
): {
  readonly rows: readonly Row[];
  readonly handlers: {
    readonly onPointerEnter: (event: PointerEvent) => void;
    readonly onPointerLeave: (event: PointerEvent) => void;
  };
} {
  const order = useRef<readonly string[]>([]);
  const sortedBy = useRef('');
  const [hovered, setHovered] = useState(false);
  const [calm, setCalm] = useState(true);
  useEffect(() => {
    if (hovered) return setCalm(false);
    const timer = setTimeout(() => setCalm(true), CALM_MILLIS);
    return () => clearTimeout(timer);
  }, [hovered]);
  const steady = useMemo(() => {
    const byKey = new Map(rows.map((row) => [keyOf(row), row]));
    const same =
      sortedBy.current === sort && order.current.length === byKey.size && order.current.every((key) => byKey.has(key));
    if (calm || !same) {
      order.current = [...rows].sort(compare).map(keyOf);
      sortedBy.current = sort;
    }
    return order.current.flatMap((key) => byKey.get(key) ?? []);
  }, [rows, keyOf, compare, sort, calm]);
  return {
    rows: steady,
    handlers: { onPointerEnter: () => setHovered(true), onPointerLeave: () => setHovered(false) },
  };
}
