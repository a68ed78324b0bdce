import type { ConfigIssue, ConfigUse } from '../../component/define.ts';
import { z } from '../../component/schema.ts';
import { checkStorage } from '../../component/storage/storage-of.ts';
import { entryOptionFields, retryField } from '../../operators/receiver-fields.ts';

const texts = z.array(z.string().min(1)).prefault([]);

export const journaldConfig = z.object({
  directory: z.string().optional().describe('Directory with journal files. Default: those of the host.'),
  files: texts.describe('Journal files, unless there is a `directory`.'),
  startAt: z.enum(['end', 'beginning']).prefault('end').describe('Where the first run begins: new entries, or all.'),
  units: texts.describe('Units whose entries are read. Default: all.'),
  identifiers: texts.describe('Identifiers (`SYSLOG_IDENTIFIER`) whose entries are read. Default: all.'),
  matches: z
    .array(z.record(z.string().regex(/^[_A-Z]+$/, { error: 'expected the name of a field, such as _UID' }), z.string()))
    .prefault([])
    .describe('Fields that entries have: all of a mapping, for one of the mappings.'),
  priority: z.string().min(1).prefault('info').describe('Lowest priority, or a range such as `emerg..err`.'),
  grep: z.string().prefault('').describe('Regular expression that the message matches.'),
  dmesg: z.boolean().prefault(false).describe('Whether only messages of the kernel are read.'),
  all: z.boolean().prefault(false).describe('Whether fields are read in full, even if they are long or unprintable.'),
  namespace: z.string().prefault('').describe('Namespace of the journal.'),
  merge: z.boolean().prefault(false).describe('Whether journals of other hosts are read too.'),
  convertMessageBytes: z.boolean().prefault(false).describe('Whether a message of bytes becomes a text.'),
  includeLogRecordOriginal: z
    .boolean()
    .prefault(false)
    .describe('Whether log records have the line of journalctl as the attribute `log.record.original`.'),
  journalctlPath: z.string().min(1).prefault('journalctl').describe('Path of the program journalctl.'),
  rootPath: z.string().prefault('').describe('Root directory of the program, which then needs the user root.'),
  storage: z
    .string()
    .optional()
    .describe('ID of a storage extension for the position, which survives a restart. Default: in memory.'),
  ...entryOptionFields,
  retryOnFailure: retryField(),
});

/** The configuration of the receiver. */
export type JournaldConfig = z.output<typeof journaldConfig>;

/** Reports a missing storage, and paths that are not absolute. */
export function checkJournald({ storage, rootPath, journalctlPath }: JournaldConfig, use: ConfigUse): ConfigIssue[] {
  const issues = checkStorage(storage, ['storage'], use);
  if (rootPath === '') return issues;
  for (const [name, path] of Object.entries({ root_path: rootPath, journalctl_path: journalctlPath }))
    if (!path.startsWith('/'))
      issues.push({ path: [name], message: `expected an absolute path, because root_path is set, got "${path}"` });
  return issues;
}

/** Returns the command that prints entries, after the one with a cursor if there is one. */
export function journalctlCommand(config: JournaldConfig, cursor: string): readonly [string, ...string[]] {
  const option = (name: string, values: readonly string[]) => values.flatMap((value) => [`--${name}`, value]);
  const given = (name: string, value: string) => (value === '' ? [] : [`--${name}`, value]);
  const flag = (name: string, isSet: boolean) => (isSet ? [`--${name}`] : []);
  const { directory, files, matches, rootPath, journalctlPath } = config;
  const args = [
    '--utc',
    '--output=json',
    '--follow',
    config.startAt === 'beginning' ? '--no-tail' : '--lines=0',
    ...option('unit', config.units),
    ...option('identifier', config.identifiers),
    '--priority',
    config.priority,
    ...given('grep', config.grep),
    ...flag('dmesg', config.dmesg),
    ...given('namespace', config.namespace),
    ...(directory === undefined ? option('file', files) : ['--directory', directory]),
    ...matches.flatMap((match, index) => [
      ...(index > 0 ? ['+'] : []),
      ...Object.keys(match)
        .sort()
        .map((field) => `${field}=${match[field]}`),
    ]),
    ...flag('all', config.all),
    ...flag('merge', config.merge),
    ...given('after-cursor', cursor),
  ];
  return rootPath === '' ? [journalctlPath, ...args] : ['chroot', rootPath, journalctlPath, ...args];
}
