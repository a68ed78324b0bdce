import type { UdpCounters } from '@otelier/transport';
import type { ComponentContext } from './contract.ts';

/** Interval between reports. */
const INTERVAL_MILLIS = 60_000;

/** The counters to report, with their descriptions. */
const LOSSES = {
  lost: 'datagrams lost',
  corrupt: 'datagrams corrupt',
  rateLimited: 'datagrams above the rate limit',
  messagesRefused: 'messages refused',
  messagesIncomplete: 'messages incomplete',
} as const satisfies Partial<Record<keyof UdpCounters, string>>;

const LOSS_NAMES = Object.keys(LOSSES) as (keyof typeof LOSSES)[];

/** Reports lost datagrams, which cause no error on either side. */
export interface UdpLossReporter {
  /** Reports the remaining losses. Idempotent. */
  end(): void;
}

/** Reports increases of the loss counters once a minute, in the log and as the component status. */
export function reportUdpLosses(
  { clock, logger, reportStatus }: ComponentContext,
  read: () => UdpCounters,
): UdpLossReporter {
  let before = read();
  const report = () => {
    const now = read();
    const losses = LOSS_NAMES.flatMap((name) =>
      now[name] > before[name] ? [[name, now[name] - before[name]] as const] : [],
    );
    const received = now.received - before.received;
    before = now;
    const [first] = losses;
    if (first === undefined) return reportStatus(undefined);
    logger.warn({ received, ...Object.fromEntries(losses) }, 'datagrams lost');
    const [name, count] = first;
    reportStatus(
      name === 'lost' ? `${percent(count, count + received)} of datagrams lost` : `${count} ${LOSSES[name]}`,
    );
  };
  const schedule = () =>
    clock.setTimeout(() => {
      report();
      cancel = schedule();
    }, INTERVAL_MILLIS);
  let cancel: (() => void) | undefined = schedule();
  return {
    end() {
      if (cancel === undefined) return;
      cancel();
      cancel = undefined;
      report();
    },
  };
}

function percent(part: number, whole: number): string {
  const value = (100 * part) / whole;
  return value < 0.1 ? '< 0.1 %' : `${Math.round(value * 10) / 10} %`;
}
