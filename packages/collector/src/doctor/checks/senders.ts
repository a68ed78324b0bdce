import { type Check, liveCheck } from '../check.ts';
import type { CheckFinding } from '../finding.ts';
import { type Sender, type SenderCheck, senderName } from '../senders.ts';

const serviceName: SenderCheck = {
  id: 'service-name',
  run: (senders) =>
    senders
      .filter(({ service }) => service === '' || service.startsWith('unknown_service'))
      .map((sender) => ({
        severity: 'warning',
        subject: senderName(sender),
        message: `${sender.items.toLocaleString('en')} of the observed items have ${sender.service === '' ? 'no service.name' : `the default service.name "${sender.service}"`}`,
        remedy: 'Set OTEL_SERVICE_NAME, or the resource attribute `service.name`, in the application.',
      })),
};

/** The first release of each SDK in or after June 2024. */
const OLDEST: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  nodejs: [1, 25],
  webjs: [1, 25],
  java: [1, 39],
  python: [1, 25],
  go: [1, 28],
  dotnet: [1, 9],
};

const oldSdks: SenderCheck = {
  id: 'sdk-version',
  run: (senders) =>
    senders.filter(isOld).map((sender) => ({
      severity: 'warning',
      subject: senderName(sender),
      message: `it uses version ${sender.attributes['telemetry.sdk.version']} of the ${sender.attributes['telemetry.sdk.language']} SDK, which is older than June 2024`,
      remedy: 'Upgrade the OpenTelemetry packages of the application.',
    })),
};

function isOld({ attributes }: Sender): boolean {
  const oldest = OLDEST[attributes['telemetry.sdk.language'] ?? ''];
  const version = /^(\d+)\.(\d+)\./.exec(attributes['telemetry.sdk.version'] ?? '');
  if (oldest === undefined || version === null || attributes['telemetry.sdk.name'] !== 'opentelemetry') return false;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}

const twoSdks: SenderCheck = {
  id: 'two-sdks',
  run(senders) {
    const programs = Map.groupBy(
      senders.filter(
        ({ attributes }) => attributes['telemetry.sdk.version'] !== undefined && programOf(attributes) !== undefined,
      ),
      ({ service, attributes }) =>
        JSON.stringify([service, programOf(attributes), attributes['telemetry.sdk.language']]),
    );
    return [...programs.values()].flatMap((list): CheckFinding[] => {
      const versions = [
        ...new Set(
          list.map(({ attributes }) => `${attributes['telemetry.sdk.name']} ${attributes['telemetry.sdk.version']}`),
        ),
      ];
      const [first] = list;
      if (versions.length < 2 || first === undefined) return [];
      return [
        {
          severity: 'warning',
          subject: senderName(first),
          message: `one process sends with ${versions.length} SDKs: ${versions.toSorted().join(', ')}`,
          remedy:
            'Two copies of the SDK or its API are loaded, so that their traces do not connect. Let the packages resolve to one version (`npm ls @opentelemetry/api`).',
        },
      ];
    });
  },
};

/** Returns the identity of a process. */
function programOf(attributes: Sender['attributes']): string | undefined {
  const { 'service.instance.id': instance, 'process.pid': pid, 'host.name': host } = attributes;
  return instance ?? (pid === undefined ? undefined : `${host} ${pid}`);
}

/** Findings about senders that checks of the observed telemetry make, also for other protocols than OTLP. */
const OWN_CHECKS: ReadonlySet<string> = new Set(['service-name', 'sdk-version', 'two-sdks', 'clock']);
/** Findings are about senders that sent within this time. */
const RECENT_MILLIS = 600_000;
/** Maximum number of findings. The page lists all senders. */
const MAX_FINDINGS = 50;

/** Reports what is known of the programs that send over OTLP. */
const sending = liveCheck('senders', ({ sending: { senders: list, clients, atMillis } }): readonly CheckFinding[] => {
  const isRecent = (millis: number) => millis >= atMillis - RECENT_MILLIS;
  const found = list
    .filter(({ lastMillis }) => isRecent(lastMillis))
    .flatMap(({ service, host, address, findings }) =>
      findings
        .filter(({ severity, check }) => severity !== 'note' && !OWN_CHECKS.has(check))
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
  return [...found, ...rejected].slice(0, MAX_FINDINGS);
});

/** The checks of senders. */
export const senders: readonly Check[] = [
  ...[serviceName, oldSdks, twoSdks].map(({ id, run }) => liveCheck(id, (live) => run(live.senders))),
  sending,
];
