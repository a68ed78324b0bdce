import type { Coverage } from '../rules/rule-coverage.ts';
import type { Style } from './style.ts';
import { placeOf } from './text.ts';

/** Formats the coverage of rules: the share of rules that matched, and the others. */
export function coverageAsText({ rules, matched, total, percent }: Coverage, style: Style): string[] {
  const never = rules.filter(({ matches }) => matches === 0);
  return [
    '',
    style('bold', `Rules: ${matched} of ${total} matched (${formatPercent(percent)})`),
    ...never.map(
      ({ position, component, kind, text }) =>
        `  ${style('red', 'never')}  ${style('dim', `${placeOf(position)} ${component}: ${kind}`)} ${style('bold', text)}`,
    ),
  ];
}

/** Formats a percentage. It is rounded down, so that 100 % means all. */
export function formatPercent(percent: number): string {
  return `${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
}
