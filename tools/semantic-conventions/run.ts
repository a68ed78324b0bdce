/**
 * Reduces the semantic conventions' own model to what the instrumentations are tested against:
 *   git clone https://github.com/open-telemetry/semantic-conventions
 *   node tools/semantic-conventions/run.ts semantic-conventions
 * Writes `packages/sdk/src/instrumentation/conventions/conventions.testing.json`: the commit, the type of each
 * attribute, and for spans and metrics of HTTP and databases their attributes by requirement level.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const repository = process.argv[2];
if (repository === undefined) throw new Error('expected the directory of a clone of semantic-conventions');

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });

interface Attribute {
  readonly id?: string;
  readonly ref?: string;
  readonly type?: string | { readonly members: readonly { readonly value: unknown }[] };
  readonly requirement_level?: string | Readonly<Record<string, string>>;
}

interface Group {
  readonly id: string;
  readonly type: string;
  readonly extends?: string;
  readonly metric_name?: string;
  readonly instrument?: string;
  readonly unit?: string;
  readonly attributes?: readonly Attribute[];
}

const files = git('ls-tree', '-r', '--name-only', 'HEAD', 'model').split('\n');
const models = files.filter((file) => file.endsWith('.yaml') && !file.includes('deprecated'));
const groups = models.flatMap((file) => {
  const model = parse(git('show', `HEAD:${file}`)) as { readonly groups?: readonly Group[] } | null;
  return model?.groups ?? [];
});
const byId = new Map(groups.map((group) => [group.id, group]));

/** Returns the attributes of a group and of those that it extends, with their requirement levels. */
function levelsOf(group: Group): Record<string, string> {
  const parent = group.extends === undefined ? undefined : byId.get(group.extends);
  const levels = parent === undefined ? {} : levelsOf(parent);
  for (const { ref, id, requirement_level: level } of group.attributes ?? []) {
    const name = ref ?? id ?? '';
    levels[name] = level === undefined ? (levels[name] ?? 'recommended') : levelOf(level);
  }
  return levels;
}

function levelOf(level: string | Readonly<Record<string, string>>): string {
  return typeof level === 'string' ? level : (Object.keys(level)[0] ?? 'recommended');
}

/** Returns the boundaries that the text of a metric recommends, which the model does not contain. */
function boundariesOf(name: string): readonly number[] | undefined {
  const section = PAGES.split(`### Metric: \`${name}\``)[1]?.split('### Metric:')[0];
  const list = section?.match(/`\[ ([\d., ]+) \]`/)?.[1];
  return list?.split(', ').map(Number);
}

const PAGES = ['docs/http/http-metrics.md', 'docs/db/database-metrics.md']
  .map((file) => git('show', `HEAD:${file}`))
  .join('\n');

const chosen = groups.filter(({ id }) => /^(span|metric)\.(http|db)\./.test(id));
const spans = chosen.filter(({ type }) => type === 'span').map((group) => [group.id, levelsOf(group)] as const);
const metrics = chosen
  .filter(({ type }) => type === 'metric')
  .map((group) => {
    const name = group.metric_name ?? '';
    const { instrument, unit } = group;
    return [name, { instrument, unit, boundaries: boundariesOf(name), attributes: levelsOf(group) }] as const;
  });
const used = new Set(
  [...spans.map(([, levels]) => levels), ...metrics.map(([, { attributes }]) => attributes)].flatMap(Object.keys),
);
const attributes = groups
  .flatMap((group) => group.attributes ?? [])
  .flatMap(({ id, type }) => {
    if (id === undefined || type === undefined) return [];
    const isUsed = used.has(id) || /^(http|db|url|server|client|network|error|code|user_agent)\./.test(id);
    const values = typeof type === 'string' ? [] : type.members.map(({ value }) => typeof value);
    return isUsed ? [[id, typeof type === 'string' ? type : values[0] === 'number' ? 'int' : 'string'] as const] : [];
  });

const sorted = <T>(entries: readonly (readonly [string, T])[]) =>
  Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
const table = {
  commit: git('rev-parse', 'HEAD').trim(),
  attributes: sorted(attributes),
  spans: sorted(spans),
  metrics: sorted(metrics),
};
const target = join(import.meta.dirname, '../../packages/sdk/src/instrumentation/conventions/conventions.testing.json');
writeFileSync(target, `${JSON.stringify(table, undefined, 1)}\n`);
