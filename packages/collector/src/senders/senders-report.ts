import type { SendersReport } from '@otelier/query';
import { DEPRECATED_ATTRIBUTES, DEPRECATED_METRICS } from './deprecated-names.generated.ts';
import { clockOf, droppedOf, missingOf } from './derive.ts';
import { remedyFor } from './findings/client-remedy.ts';
import { CONTENT_RULES } from './findings/content-rules.ts';
import { DELIVERY_RULES } from './findings/delivery-rules.ts';
import { hasInstance, RESOURCE_RULES } from './findings/resource-rules.ts';
import type { RuleContext, SenderFinding, SenderRule } from './findings/rule.ts';
import { type MergedSender, mergeSenders } from './merge-senders.ts';
import type { SendersSnapshot, SignalCounts } from './sender-snapshot.ts';

type Sender = SendersReport['senders'][number];

const RULES: readonly SenderRule[] = [...DELIVERY_RULES, ...CONTENT_RULES, ...RESOURCE_RULES];

const SEVERITIES: readonly SenderFinding['severity'][] = ['error', 'warning', 'note'];

/** Evaluates what the threads know of senders. */
export function sendersReportOf(
  snapshots: readonly SendersSnapshot[],
  times: Pick<RuleContext, 'sinceMillis' | 'nowMillis'>,
): SendersReport {
  const merged = mergeSenders(snapshots);
  const context = { ...times, senders: merged };
  return {
    atMillis: times.nowMillis,
    sinceMillis: times.sinceMillis,
    senders: merged
      .map((sender) => describe(sender, context))
      .toSorted(
        (a, b) => rankOf(a) - rankOf(b) || b.itemsPerSecond - a.itemsPerSecond || (a.service < b.service ? -1 : 1),
      ),
    clients: snapshots
      .flatMap(({ clients }) => clients)
      .toSorted((a, b) => b.atMillis - a.atMillis)
      .map((client) => ({ ...client, ...remedyFor(client) })),
    unlistedItems: snapshots.reduce((items, { unlistedItems }) => items + unlistedItems, 0),
  };
}

function describe(sender: MergedSender, context: RuleContext): Sender {
  const { facts, inspected } = sender;
  const { service, namespace, instance, version, language, sdk, sdkVersion, pod, host, container } = facts;
  const clockMillis = clockOf(sender);
  return {
    ...{ service, namespace, instance, version, language, sdk, sdkVersion },
    host: pod || host || container,
    address: sender.address,
    transports: [...sender.transports],
    userAgent: sender.userAgent,
    firstMillis: sender.firstMillis,
    lastMillis: sender.lastMillis,
    itemsPerSecond: sender.itemsPerSecond,
    signals: Object.entries(sender.signals).map(([signal, counts]) => ({ signal, ...shownCounts(counts) })),
    repeatedRequests: sender.repeatedAccepted,
    retriedRequests: sender.repeatedFailed,
    ...(clockMillis !== undefined && { clockMillis }),
    droppedItems: droppedOf(sender).reduce((items, { value }) => items + value, 0),
    missingItems: missingOf(sender, context.sinceMillis).reduce((total, { items }) => total + items, 0),
    inspectedRequests: inspected.requests,
    missing: [
      ...(service === '' || service.startsWith('unknown_service') ? ['service.name'] : []),
      ...(hasInstance(facts) ? [] : ['service.instance.id']),
      ...(version === '' ? ['service.version'] : []),
    ],
    deprecated: deprecatedOf(sender),
    findings: RULES.flatMap((rule): SenderFinding[] => {
      const found = rule.run(sender, context);
      return found === undefined ? [] : [{ check: rule.check, ...found }];
    }).toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)),
  };
}

function shownCounts(counts: SignalCounts): Omit<Sender['signals'][number], 'signal'> {
  const { requests, items, rejectedItems, partialRequests, refusedRequests, retryRequests } = counts;
  return { requests, items, rejectedItems, partialRequests, refusedRequests, retryRequests };
}

function deprecatedOf({ inspected, facts }: MergedSender): Sender['deprecated'] {
  const items = new Map([...facts.deprecated.map((name) => [name, inspected.items] as const), ...inspected.deprecated]);
  return [
    ...[...items].map(([name, count]) => ({ name, replacement: DEPRECATED_ATTRIBUTES[name] ?? '', items: count })),
    ...inspected.deprecatedMetrics.map((name) => ({ name, replacement: DEPRECATED_METRICS[name] ?? '', items: 0 })),
  ];
}

function rankOf({ findings: [worst] }: Sender): number {
  return worst === undefined ? SEVERITIES.length : SEVERITIES.indexOf(worst.severity);
}
