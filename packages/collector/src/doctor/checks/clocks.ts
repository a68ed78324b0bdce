import { liveCheck } from '../check.ts';
import type { CheckFinding } from '../finding.ts';
import { senderName } from '../senders.ts';

/** Time that telemetry can be ahead of the clock of this machine. */
const FUTURE_MILLIS = 30_000;
/** Age of the newest telemetry of a sender that its clock, or a long delay, explains. */
const PAST_MILLIS = 600_000;

/** Reports senders whose telemetry is from the future, or far in the past. */
export const clocks = liveCheck('clocks', (live): readonly CheckFinding[] =>
  live.senders.flatMap((sender): CheckFinding[] => {
    const { newestMillis } = sender;
    if (newestMillis > FUTURE_MILLIS)
      return [
        {
          severity: 'warning',
          subject: senderName(sender),
          message: `its telemetry is ${secondsText(newestMillis)} ahead of the clock of this machine`,
          remedy:
            'Synchronize the clocks of both machines (NTP). Until then, this telemetry is outside of the ranges that queries show.',
        },
      ];
    if (newestMillis < -PAST_MILLIS && Number.isFinite(newestMillis))
      return [
        {
          severity: 'warning',
          subject: senderName(sender),
          message: `its newest telemetry is ${secondsText(-newestMillis)} behind the clock of this machine`,
          remedy:
            'Synchronize the clock of the sender (NTP), unless it sends stored telemetry, such as after an outage.',
        },
      ];
    return [];
  }),
);

function secondsText(millis: number): string {
  return `${Math.round(millis / 1000).toLocaleString('en')} s`;
}
