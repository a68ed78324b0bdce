import type { UdpCounters } from '@otelier/transport';
import type { ComponentContext } from './contract.ts';

/** How often losses are told, at most. */
const INTERVAL_MILLIS = 60_000;

/** What is worth a line in the log when it has grown. */
const BAD = ['lost', 'corrupt', 'rateLimited', 'messagesRefused', 'messagesIncomplete'] as const;

/** Looks at counters once a minute, and at the end: datagrams that do not arrive are nobody's error, but somebody's loss. */
export interface UdpLossWatch {
  /** Looks a last time. Safe twice. */
  end(): void;
}

/** Tells in the log, and as what is wrong, what was lost since the last look. */
export function watchUdpLosses(
  { clock, logger, reportStatus }: ComponentContext,
  read: () => UdpCounters,
): UdpLossWatch {
  let before = read();
  const check = () => {
    const now = read();
    const [first, ...others] = BAD.flatMap((name) =>
      now[name] > before[name] ? [[name, now[name] - before[name]] as const] : [],
    );
    if (first === undefined) reportStatus(undefined);
    else {
      const received = now.received - before.received;
      logger.warn({ received, ...Object.fromEntries([first, ...others]) }, 'Not all datagrams came through.');
      const [name, count] = first;
      reportStatus(
        name === 'lost' ? `${percent(count, count + received)} of datagrams lost` : `${count} ${WORDS[name]}`,
      );
    }
    before = now;
  };
  const arm = () =>
    clock.setTimeout(() => {
      check();
      cancel = arm();
    }, INTERVAL_MILLIS);
  let cancel: (() => void) | undefined = arm();
  return {
    end() {
      if (cancel === undefined) return;
      cancel();
      cancel = undefined;
      check();
    },
  };
}

const WORDS: Readonly<Record<(typeof BAD)[number], string>> = {
  lost: 'datagrams lost',
  corrupt: 'datagrams damaged',
  rateLimited: 'datagrams beyond the rate limit',
  messagesRefused: 'messages refused',
  messagesIncomplete: 'messages incomplete',
};

function percent(part: number, whole: number): string {
  const value = (100 * part) / whole;
  return value < 0.1 ? '< 0.1 %' : `${Math.round(value * 10) / 10} %`;
}
