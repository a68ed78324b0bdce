import type { Position } from '../../config/config-error.ts';
import type { MapTree, Tree } from '../../config/tree.ts';
import type { SourcePlace } from '../report.ts';
import type { AlloyComponents } from './components.ts';

/** Targets with the rules that change their labels. */
export interface Targets {
  /** Targets with known labels. */
  readonly known: readonly Tree[];
  /** Discoveries, by the names that they have in configurations of Prometheus. */
  readonly discovered: ReadonlyMap<string, readonly Tree[]>;
  readonly rules: readonly Tree[];
}

const DISCOVERIES: Readonly<Record<string, string>> = {
  'discovery.kubernetes': 'kubernetes_sd_configs',
  'discovery.docker': 'docker_sd_configs',
  'discovery.file': 'file_sd_configs',
  'discovery.consul': 'consul_sd_configs',
  'discovery.dns': 'dns_sd_configs',
  'discovery.http': 'http_sd_configs',
  'discovery.ec2': 'ec2_sd_configs',
};

/** Maximum length of a chain of components. */
const MAX_CHAIN = 50;

/** Returns the targets of a value: a list of targets, or references to components that have them. */
export function resolveTargets(
  tree: Tree | undefined,
  components: AlloyComponents,
  place: SourcePlace,
  depth = 0,
): Targets {
  const known: Tree[] = [];
  const discovered = new Map<string, Tree[]>();
  const rules: Tree[] = [];
  const add = (targets: Targets) => {
    known.push(...targets.known);
    for (const [kind, trees] of targets.discovered) discovered.set(kind, [...(discovered.get(kind) ?? []), ...trees]);
    rules.push(...targets.rules);
  };
  for (const item of tree?.kind === 'list' ? tree.items : tree === undefined ? [] : [tree]) {
    if (item.kind === 'map') known.push(item);
    else if (item.kind === 'scalar' && item.reference !== undefined)
      add(referredTargets(item.reference, components, place, depth));
  }
  return { known, discovered, rules };
}

const NONE: Targets = { known: [], discovered: new Map(), rules: [] };

function referredTargets(reference: string, components: AlloyComponents, place: SourcePlace, depth: number): Targets {
  const [first = '', second = '', third = '', fourth = ''] = reference.split('.');
  const type = `${first}.${second}`;
  const key = type === 'prometheus.exporter' ? `${type}.${third}.${fourth}` : `${type}.${third}`;
  if (components.block(key) === undefined || depth > MAX_CHAIN) {
    components.report.missing(place, `the targets of ${reference} are not known`, 'write the targets into the result');
    return NONE;
  }
  const section = components.section(key);
  if (type === 'local.file_match') {
    section.skip('sync_period', 'ignore_older_than');
    return resolveTargets(section.tree('path_targets'), components, section.place, depth + 1);
  }
  if (type === 'discovery.relabel') {
    const targets = resolveTargets(section.tree('targets'), components, section.place, depth + 1);
    return { ...targets, rules: [...targets.rules, ...listOf(section.tree('rule'))] };
  }
  const kind = Object.hasOwn(DISCOVERIES, type) ? DISCOVERIES[type] : undefined;
  if (kind !== undefined) {
    const names = section.keys;
    const settings: MapTree = {
      kind: 'map',
      at: section.place.position,
      entries: new Map(names.flatMap((name) => [[name, section.tree(name)] as const].filter(hasTree))),
      keyPositions: new Map(names.map((name) => [name, section.at(name).position])),
    };
    return { known: [], discovered: new Map([[kind, [settings]]]), rules: [] };
  }
  components.report.missing(place, `the targets of ${type} are not converted`, insteadOf(type));
  section.skip(...section.keys);
  return NONE;
}

function hasTree(entry: readonly [string, Tree | undefined]): entry is readonly [string, Tree] {
  return entry[1] !== undefined;
}

function insteadOf(type: string): string {
  if (type === 'prometheus.exporter')
    return 'use a receiver of otelier such as host_metrics, postgresql, mysql, redis or kafka_metrics';
  return 'write the targets into the result';
}

/** Returns the items of a list; a single value is a list of one. */
export function listOf(tree: Tree | undefined): readonly Tree[] {
  if (tree === undefined) return [];
  return tree.kind === 'list' ? tree.items : [tree];
}

/** Returns a mapping with entries at one position. */
export function mapOf(at: Position, entries: Readonly<Record<string, Tree | undefined>>): MapTree {
  const given = Object.entries(entries).flatMap(([key, tree]) => (tree === undefined ? [] : [[key, tree] as const]));
  return {
    kind: 'map',
    at,
    entries: new Map(given),
    keyPositions: new Map(given.map(([key, tree]) => [key, tree.at])),
  };
}

/** Returns a list with the position of its first item. */
export function listTree(items: readonly Tree[], at: Position): Tree | undefined {
  return items.length === 0 ? undefined : { kind: 'list', at: items[0]?.at ?? at, items };
}
