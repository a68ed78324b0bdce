import type { MergedSender } from '../merge-senders.ts';
import { codeFor } from './code-by-language.ts';
import { listed, type SenderRule } from './rule.ts';

const serviceName: SenderRule = {
  check: 'service-name',
  run({ facts: { service, language } }) {
    if (service !== '' && !service.startsWith('unknown_service')) return undefined;
    return {
      severity: 'warning',
      message: service === '' ? 'its resource has no service.name' : `it has the default service.name "${service}"`,
      remedy: 'Set `OTEL_SERVICE_NAME`, or the resource attribute `service.name`.',
      code: codeFor('service', language),
    };
  },
};

/** Resource attributes of which a sender needs one, so that its instances can be told apart. */
const INSTANCE = ['instance', 'process', 'pod', 'container'] as const;

/** Reports whether a resource tells its instance. */
export function hasInstance(facts: MergedSender['facts']): boolean {
  return INSTANCE.some((name) => facts[name] !== '');
}

const instance: SenderRule = {
  check: 'instance',
  run({ facts }) {
    if (hasInstance(facts) || facts.sdk === '') return undefined;
    return {
      severity: 'note',
      message: 'its resource has neither service.instance.id nor process.pid, k8s.pod.name or container.id',
      remedy: 'Set `service.instance.id`. Without it, metrics of two instances become one series.',
      code: codeFor('instance', facts.language),
    };
  },
};

const duplicateInstance: SenderRule = {
  check: 'duplicate-instance',
  run(sender, { senders }) {
    const { facts } = sender;
    if (facts.instance === '') return undefined;
    const others = senders.filter(
      (other) =>
        other !== sender &&
        other.facts.instance === facts.instance &&
        other.facts.service === facts.service &&
        other.facts.namespace === facts.namespace &&
        differs(other.facts, facts) &&
        // One after the other is a restart.
        other.firstMillis < sender.lastMillis &&
        sender.firstMillis < other.lastMillis,
    );
    if (others.length === 0) return undefined;
    const places = [sender, ...others].map(({ facts: { host, pod, process } }) =>
      [pod || host, process].filter(Boolean).join(' '),
    );
    return {
      severity: 'warning',
      message: `${others.length + 1} processes send with the same service.instance.id "${facts.instance}": ${listed(places)}`,
      remedy: 'Give each process an ID of its own. Their metrics overwrite each other until then.',
      code: codeFor('instance', facts.language),
    };
  },
};

function differs(a: MergedSender['facts'], b: MergedSender['facts']): boolean {
  const keys = ['process', 'host', 'pod', 'container'] as const;
  return keys.some((key) => a[key] !== '' && b[key] !== '' && a[key] !== b[key]);
}

/** The first release of each SDK in or after June 2024. */
const OLDEST: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  nodejs: [1, 25],
  webjs: [1, 25],
  java: [1, 39],
  python: [1, 25],
  go: [1, 28],
  dotnet: [1, 9],
};

const oldSdk: SenderRule = {
  check: 'sdk-version',
  run({ facts: { language, sdk, sdkVersion } }) {
    const oldest = OLDEST[language];
    const version = /^(\d+)\.(\d+)\./.exec(sdkVersion);
    if (oldest === undefined || version === null || sdk !== 'opentelemetry') return undefined;
    const [major, minor] = [Number(version[1]), Number(version[2])];
    if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
    return {
      severity: 'warning',
      message: `it uses version ${sdkVersion} of the ${language} SDK, which is older than June 2024`,
      remedy: 'Upgrade the OpenTelemetry packages of the application.',
      code: codeFor('versions', language),
    };
  },
};

const twoSdks: SenderRule = {
  check: 'two-sdks',
  run(sender, { senders }) {
    const program = programOf(sender);
    if (program === undefined || sender.facts.sdkVersion === '') return undefined;
    const versions = new Set(
      senders
        .filter((other) => other.facts.sdkVersion !== '' && programOf(other) === program)
        .filter((other) => other.firstMillis <= sender.lastMillis && sender.firstMillis <= other.lastMillis)
        .map(({ facts }) => `${facts.sdk} ${facts.sdkVersion}`),
    );
    if (versions.size < 2) return undefined;
    return {
      severity: 'warning',
      message: `one process sends with ${versions.size} SDKs: ${listed([...versions].toSorted())}`,
      remedy:
        'Two copies of the SDK are loaded, so that their traces do not connect. Let the packages resolve to one version.',
      code: codeFor('versions', sender.facts.language),
    };
  },
};

/** Returns the identity of a process. */
function programOf({ facts }: MergedSender): string | undefined {
  const { service, namespace, instance: id, host, process, language } = facts;
  if (id === '' && process === '') return undefined;
  return JSON.stringify([service, namespace, language, id, process === '' ? '' : `${host} ${process}`]);
}

/** The rules about the resource. */
export const RESOURCE_RULES: readonly SenderRule[] = [serviceName, instance, duplicateInstance, oldSdk, twoSdks];
