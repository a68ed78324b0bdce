import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { arch, hostname, platform, release } from 'node:os';
import type { Configuration } from '../../component/host.ts';
import { formatUuid } from '../../component/identity/uuid.ts';
import { VERSION } from '../../component/version.ts';
import type { AgentDescription, AvailableComponents, ComponentDetails, KeyValue } from './messages.ts';

/** What an agent description consists of. */
export interface DescriptionOptions {
  readonly instanceUid: Uint8Array;
  /** Resource attributes of the process. */
  readonly resource: Readonly<Record<string, string>>;
  readonly nonIdentifyingAttributes: Readonly<Record<string, string>>;
  readonly includeResourceAttributes: boolean;
}

const IDENTIFYING = ['service.instance.id', 'service.name', 'service.version'];

/** Returns the description of this process, with the attributes that the Collector reports. */
export function describeAgent(options: DescriptionOptions): AgentDescription {
  const { instanceUid, resource, nonIdentifyingAttributes, includeResourceAttributes } = options;
  const own = Object.entries(resource).filter(([name]) => !IDENTIFYING.includes(name));
  const others = {
    'os.type': OS_TYPES[platform()] ?? platform(),
    'host.arch': ARCHITECTURES[arch()] ?? arch(),
    'host.name': hostname(),
    'os.description': osDescription(),
    ...nonIdentifyingAttributes,
    ...(includeResourceAttributes ? Object.fromEntries(own) : {}),
  };
  return {
    identifyingAttributes: [
      keyValue('service.instance.id', formatUuid(instanceUid)),
      keyValue('service.name', resource['service.name'] ?? 'otelier'),
      keyValue('service.version', resource['service.version'] ?? VERSION),
    ],
    nonIdentifyingAttributes: Object.entries(others)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => keyValue(key, value)),
  };
}

/** Names in the semantic conventions, where Node has others. */
const OS_TYPES: Readonly<Record<string, string>> = { win32: 'windows' };
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm: 'arm32', ia32: 'x86' };

function osDescription(): string {
  if (platform() !== 'linux') return `${platform()} ${release()}`;
  try {
    const pretty = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'));
    return pretty?.[1] ?? `Linux ${release()}`;
  } catch {
    return `Linux ${release()}`;
  }
}

/** Returns the components of the process, as the Collector reports them. */
export function describeComponents(types: ReturnType<Configuration['components']>): AvailableComponents {
  const components = Object.entries(types).map(([kind, names]): [string, ComponentDetails] => {
    const details = names.map((name): [string, ComponentDetails] => [
      name,
      { metadata: [keyValue('code.namespace', `otelier ${VERSION}`)] },
    ]);
    return [`${kind}s`, { subComponentMap: new Map(details) }];
  });
  const hash = createHash('sha256')
    .update(JSON.stringify([VERSION, types]))
    .digest();
  return { components: new Map(components), hash };
}

function keyValue(key: string, stringValue: string): KeyValue {
  return { key, value: { stringValue } };
}
