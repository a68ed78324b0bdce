import { duration, ignored, z } from '../../component/schema.ts';
import { metricsField, scrapingFields } from '../scraping/fields.ts';
import { matchFields, namesField } from './filter.ts';
import { HOST_METRICS, type ScraperName } from './metrics.ts';

const DEVICES = { devices: namesField('devices') };
const INTERFACES = { interfaces: namesField('interfaces') };
const NAMES = { names: namesField('executables') };
const TYPES = { fsTypes: namesField('types') };
const MOUNT_POINTS = { mountPoints: namesField('mount points') };

function matching<Shape extends z.ZodRawShape>(shape: Shape, description: string) {
  return z
    .object({ ...matchFields(), ...shape })
    .optional()
    .describe(description);
}

function muted(what: string) {
  return ignored(`processes whose ${what} cannot be read are reported without it`, { schema: z.boolean() });
}

function scraper<Shape extends z.ZodRawShape>(name: ScraperName, description: string, shape: Shape) {
  return z
    .object({ metrics: metricsField(HOST_METRICS[name]), ...shape })
    .optional()
    .describe(description);
}

/** The configuration of the `host_metrics` receiver. */
export const hostMetricsConfig = z.object({
  ...scrapingFields(),
  rootPath: z.string().prefault('').describe('Root directory of the host, such as `/hostfs` in a container.'),
  metadataCollectionInterval: ignored('there are no entity events', { schema: z.string() }),
  scrapers: z
    .object({
      cpu: scraper('cpu', 'Processor times and counts.', {}),
      disk: scraper('disk', 'Input and output of disks.', {
        include: matching(DEVICES, 'Devices to report.'),
        exclude: matching(DEVICES, 'Devices not to report.'),
      }),
      filesystem: scraper('filesystem', 'Sizes of file systems.', {
        includeVirtualFilesystems: z.boolean().prefault(false).describe('Whether to report those without a device.'),
        includeDevices: matching(DEVICES, 'Devices to report.'),
        excludeDevices: matching(DEVICES, 'Devices not to report.'),
        includeFsTypes: matching(TYPES, 'Types to report.'),
        excludeFsTypes: matching(TYPES, 'Types not to report.'),
        includeMountPoints: matching(MOUNT_POINTS, 'Mount points to report.'),
        excludeMountPoints: matching(MOUNT_POINTS, 'Mount points not to report.'),
      }),
      load: scraper('load', 'Load averages.', {
        cpuAverage: z.boolean().prefault(false).describe('Whether to divide them by the number of logical processors.'),
      }),
      memory: scraper('memory', 'Memory.', {}),
      network: scraper('network', 'Network interfaces and TCP connections.', {
        include: matching(INTERFACES, 'Interfaces to report.'),
        exclude: matching(INTERFACES, 'Interfaces not to report.'),
      }),
      paging: scraper('paging', 'Swap space and paging.', {}),
      process: scraper('process', 'Each process, as a resource.', {
        include: matching(NAMES, 'Executables to report.'),
        exclude: matching(NAMES, 'Executables not to report.'),
        scrapeProcessDelay: duration().prefault('0s').describe('Age from which on a process is reported.'),
        resourceAttributes: z
          .record(z.string(), z.object({ enabled: z.boolean().optional().describe('Whether it is set.') }))
          .prefault({})
          .describe('Resource attributes that are set or not, by name.'),
        muteProcessAllErrors: muted('files'),
        muteProcessNameError: muted('name'),
        muteProcessIoError: muted('input and output'),
        muteProcessCgroupError: muted('cgroup'),
        muteProcessExeError: muted('path'),
        muteProcessUserError: muted('owner'),
      }),
      processes: scraper('processes', 'Numbers of processes by status.', {}),
      system: scraper('system', 'The uptime.', {}),
    })
    .describe('What is read. Scrapers that are not named do not run.'),
});

/** The configuration of the `host_metrics` receiver. */
export type HostMetricsConfig = z.output<typeof hostMetricsConfig>;

/** Resource attributes of processes that are not set by default. */
const OPTIONAL_ATTRIBUTES: ReadonlySet<string> = new Set(['process.cgroup', 'process.linux.cgroup']);

/** Reports whether a resource attribute of processes is set. */
export function isAttributeEnabled(
  attributes: Readonly<Record<string, { readonly enabled?: boolean | undefined }>>,
  name: string,
): boolean {
  return attributes[name]?.enabled ?? !OPTIONAL_ATTRIBUTES.has(name);
}
