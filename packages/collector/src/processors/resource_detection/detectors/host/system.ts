import { z } from '../../../../component/schema.ts';
import { type Attributes, defineDetector } from '../../detector.ts';
import { readCpu } from './system/cpu.ts';
import { HOSTNAME_SOURCES, resolveHostname } from './system/hostname.ts';
import { hostAddresses, hostInterfaces, hostMacs } from './system/interfaces.ts';
import { hostArch, hostId, osBuildId, osDescription, osType, readPlatform } from './system/platform.ts';

export const system = defineDetector({
  attributes: {
    'host.arch': false,
    'host.cpu.cache.l2.size': false,
    'host.cpu.family': false,
    'host.cpu.model.id': false,
    'host.cpu.model.name': false,
    'host.cpu.stepping': false,
    'host.cpu.vendor.id': false,
    'host.id': false,
    'host.interface': false,
    'host.ip': false,
    'host.mac': false,
    'host.name': true,
    'os.build.id': false,
    'os.description': false,
    'os.name': false,
    'os.type': true,
    'os.version': false,
  },
  options: {
    hostnameSources: z
      .array(z.enum(HOSTNAME_SOURCES))
      .prefault([])
      .describe(
        'Sources of `host.name`; the first one that succeeds is used: `os` (the kernel), `dns` (hosts file, then DNS), `cname` (canonical name in DNS), `lookup` (reverse lookup of the host address). Default: `dns`, `os`.',
      ),
  },
  create({ hostnameSources, resourceAttributes }, { logger }) {
    const isEnabled = (key: keyof typeof resourceAttributes): boolean => resourceAttributes[key].enabled;
    /** Runs a function that needs file access only if the attribute is enabled. */
    const ifEnabled = async (
      key: keyof typeof resourceAttributes,
      read: () => Attributes[string] | Promise<Attributes[string]>,
    ): Promise<Attributes> => (isEnabled(key) ? { [key]: await read() } : {});
    return async () => {
      const hostname = await resolveHostname(hostnameSources.length === 0 ? ['dns', 'os'] : hostnameSources);
      const needsCpu = Object.keys(resourceAttributes).some(
        (key) => key.startsWith('host.cpu.') && isEnabled(key as keyof typeof resourceAttributes),
      );
      const platform = await readPlatform();
      return {
        'host.name': hostname,
        'os.type': osType(),
        'os.version': platform.version,
        'host.arch': hostArch(),
        ...(await ifEnabled('host.ip', hostAddresses)),
        ...(await ifEnabled('host.mac', hostMacs)),
        ...(await ifEnabled('host.interface', hostInterfaces)),
        ...(await ifEnabled('os.description', osDescription)),
        ...(await ifEnabled('os.name', () => platform.name)),
        ...(await ifEnabled('os.build.id', osBuildId)),
        ...(await ifEnabled('host.id', async () => {
          const id = await hostId();
          if (id === undefined) logger.warn('host.id unavailable');
          return id;
        })),
        ...(needsCpu && (await readCpu())),
      };
    };
  },
});
