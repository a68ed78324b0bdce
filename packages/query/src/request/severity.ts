import type { SeverityName } from '@otelier/store';

const LEVELS: readonly SeverityName[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * Returns the level of a severity number. Each level has four numbers (OpenTelemetry logs data model,
 * "SeverityNumber").
 */
export function severityName(severityNumber: number): SeverityName {
  return LEVELS[Math.ceil(severityNumber / 4) - 1] ?? 'unspecified';
}

/** Returns the lowest and highest severity numbers of a level, or `undefined` for an unknown level. */
export function severityRange(name: string): readonly [number, number] | undefined {
  const level = (LEVELS as readonly string[]).indexOf(name.toLowerCase());
  return level < 0 ? undefined : [level * 4 + 1, level * 4 + 4];
}
