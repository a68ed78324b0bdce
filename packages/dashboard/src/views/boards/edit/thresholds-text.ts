import type { Threshold } from '../model/board.ts';

/** Formats thresholds as a user writes them: `warn 0.5, error 1`. */
export function thresholdsText(thresholds: readonly Threshold[]): string {
  return thresholds.map(({ value, level }) => `${level} ${value}`).join(', ');
}

/** Reads thresholds. Returns `undefined` for another text. */
export function readThresholds(text: string): readonly Threshold[] | undefined {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  const thresholds = parts.map((part): Threshold | undefined => {
    const [, level, value] = /^\s*(ok|warn|error)\s+(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*$/i.exec(part) ?? [];
    return level === undefined ? undefined : { level: level.toLowerCase() as Threshold['level'], value: Number(value) };
  });
  return thresholds.every((threshold) => threshold !== undefined) ? thresholds : undefined;
}
