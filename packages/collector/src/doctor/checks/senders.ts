import { liveCheck } from '../check.ts';
import type { CheckFinding } from '../finding.ts';

/** Findings are about senders that sent within this time. */
const RECENT_MILLIS = 600_000;
/** Maximum number of findings. The page lists all senders. */
const MAX_FINDINGS = 50;

/** Reports what is known of the programs that send over OTLP. */
export const senders = liveCheck(
  'senders',
  ({ sending: { senders: list, clients, atMillis } }): readonly CheckFinding[] => {
    const isRecent = (millis: number) => millis >= atMillis - RECENT_MILLIS;
    const found = list
      .filter(({ lastMillis }) => isRecent(lastMillis))
      .flatMap(({ service, host, address, findings }) =>
        findings
          .filter(({ severity }) => severity !== 'note')
          .map(({ severity, message, remedy, code }): CheckFinding => {
            const place = host || address;
            const name = service === '' ? 'a sender without service.name' : `service ${service}`;
            return {
              severity: severity === 'error' ? 'error' : 'warning',
              subject: place === '' ? name : `${name} (${place})`,
              message,
              remedy: code === undefined ? remedy : `${remedy} ${code}`,
            };
          }),
      );
    const rejected = clients
      .filter((client) => isRecent(client.atMillis))
      .map(({ address, userAgent, path, status, reason, count, remedy, code }): CheckFinding => {
        return {
          severity: 'warning',
          subject: [userAgent || 'a client', address && `(${address})`].filter(Boolean).join(' '),
          message: `${count.toLocaleString('en')} of its requests to ${path} were rejected: ${status}, ${reason}`,
          remedy: code === undefined ? remedy : `${remedy} ${code}`,
        };
      });
    // Senders of a process have the findings about it in common.
    const distinct = new Map([...found, ...rejected].map((one) => [JSON.stringify([one.subject, one.message]), one]));
    return [...distinct.values()].slice(0, MAX_FINDINGS);
  },
);
