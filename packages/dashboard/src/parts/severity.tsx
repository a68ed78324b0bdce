import type { ReactNode } from 'react';

/** Severity levels, in the order of OpenTelemetry's severity number ranges. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof LEVELS)[number] | 'unspecified';

/** Returns the level for a severity number. */
export function levelOf(severityNumber: number): Level {
  return LEVELS[Math.ceil(severityNumber / 4) - 1] ?? 'unspecified';
}

/** The letter of a level (T D I W E F), so that severity is not shown by color alone. */
export function SeverityLetter({ number }: { readonly number: number }): ReactNode {
  const level = levelOf(number);
  const letter = level === 'unspecified' ? '·' : level.charAt(0).toUpperCase();
  return (
    <span className={`sev ${letter}`} title={level}>
      <span aria-hidden="true">{letter}</span>
      <span className="unseen">{level}</span>
    </span>
  );
}
