import type { SeverityName } from '@otelier/store';

const LEVELS: readonly SeverityName[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** The level of a severity number: four numbers each, from 1 on (OpenTelemetry logs data model, "SeverityNumber"). */
export function severityName(severityNumber: number): SeverityName {
  return LEVELS[Math.ceil(severityNumber / 4) - 1] ?? 'unspecified';
}

/** The lowest and highest number of a level, `undefined` when there is no such level. */
export function severityRange(name: string): readonly [number, number] | undefined {
  const level = (LEVELS as readonly string[]).indexOf(name.toLowerCase());
  return level < 0 ? undefined : [level * 4 + 1, level * 4 + 4];
}
