import type { ConfigIssue } from '../../component/define.ts';
import type { HostMetricsConfig } from './config.ts';
import { matchError } from './filter.ts';

/** Reports a configuration without scrapers, and invalid regular expressions. */
export function checkHostMetrics({ scrapers }: HostMetricsConfig): readonly ConfigIssue[] {
  const { disk, network, process, filesystem } = scrapers;
  const lists = [
    [['disk', 'include', 'devices'], disk?.include, disk?.include?.devices],
    [['disk', 'exclude', 'devices'], disk?.exclude, disk?.exclude?.devices],
    [['network', 'include', 'interfaces'], network?.include, network?.include?.interfaces],
    [['network', 'exclude', 'interfaces'], network?.exclude, network?.exclude?.interfaces],
    [['process', 'include', 'names'], process?.include, process?.include?.names],
    [['process', 'exclude', 'names'], process?.exclude, process?.exclude?.names],
    [['filesystem', 'include_devices', 'devices'], filesystem?.includeDevices, filesystem?.includeDevices?.devices],
    [['filesystem', 'exclude_devices', 'devices'], filesystem?.excludeDevices, filesystem?.excludeDevices?.devices],
    [['filesystem', 'include_fs_types', 'fs_types'], filesystem?.includeFsTypes, filesystem?.includeFsTypes?.fsTypes],
    [['filesystem', 'exclude_fs_types', 'fs_types'], filesystem?.excludeFsTypes, filesystem?.excludeFsTypes?.fsTypes],
    [
      ['filesystem', 'include_mount_points', 'mount_points'],
      filesystem?.includeMountPoints,
      filesystem?.includeMountPoints?.mountPoints,
    ],
    [
      ['filesystem', 'exclude_mount_points', 'mount_points'],
      filesystem?.excludeMountPoints,
      filesystem?.excludeMountPoints?.mountPoints,
    ],
  ] as const;
  const issues = lists.flatMap(([path, match, names]): ConfigIssue[] => {
    const message = match && matchError({ matchType: match.matchType, names: names ?? [] });
    return message === undefined ? [] : [{ path: ['scrapers', ...path], message }];
  });
  const hasAny = Object.values(scrapers).some((scraper) => scraper !== undefined);
  return hasAny ? issues : [{ path: ['scrapers'], message: 'expected at least one scraper, got none' }];
}
