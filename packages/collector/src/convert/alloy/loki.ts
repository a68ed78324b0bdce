import { emptyMap, type Tree } from '../../config/tree.ts';
import { type LokiDestination, lokiDestination } from '../loki/loki-exporter.ts';
import { addReceiver, targetsOf } from '../promtail/scrape-config.ts';
import type { Target } from '../promtail/target.ts';
import { relabelOperators } from '../relabel/operators.ts';
import { readRules } from '../relabel/rule.ts';
import { Section } from '../source/section.ts';
import { convertStages } from '../stages/convert-stages.ts';
import type { StageContext } from '../stages/stage-context.ts';
import type { AlloyComponents } from './components.ts';
import { alloyStages } from './stages.ts';
import { listOf, listTree, mapOf, resolveTargets } from './targets.ts';

/** A way from a source of logs to a destination: the components that change entries, and the last component. */
interface LokiPath {
  readonly steps: readonly string[];
  readonly end: string;
}

/** Logs that leave the components `loki.…` for those of `otelcol.…`. */
export interface LeavingLogs {
  readonly receiver: string;
  readonly target: string;
}

const MAX_STEPS = 20;

/** Converts the components `loki.source.…` with those behind them. Returns logs for the components `otelcol.…`. */
export class LokiConversion {
  readonly #components: AlloyComponents;
  readonly #destinations = new Map<string, readonly LokiDestination[]>();
  readonly leaving: LeavingLogs[] = [];
  #storage: string | undefined;

  constructor(components: AlloyComponents) {
    this.#components = components;
  }

  convert(): void {
    for (const key of this.#components.keys('loki.source.')) this.#source(key);
  }

  /** Returns the exporters of a component `loki.write`. */
  destinations(key: string): readonly LokiDestination[] {
    let known = this.#destinations.get(key);
    if (known === undefined) {
      const section = this.#components.section(key);
      const labels = section.textMap('external_labels');
      section.missing(
        'wal',
        'the log that Alloy writes ahead is not converted',
        'set sending_queue.storage of the exporter',
      );
      section.missing('max_streams', 'the number of streams is not limited');
      known = section
        .sections('endpoint')
        .map((endpoint) => lokiDestination(endpoint, this.#components.builder, labels));
      section.finish();
      this.#destinations.set(key, known);
    }
    return known;
  }

  #source(key: string): void {
    const section = this.#components.section(key);
    const paths = this.#paths(this.#components.referred(section, 'forward_to'), []);
    const groups = Map.groupBy(paths, ({ steps }) => steps.join(' '));
    if (groups.size > 1)
      section.report.changed(section.place, 'a receiver for each of the ways that entries take reads the same logs');
    const targets = this.#targets(key, section);
    section.finish();
    for (const group of groups.values()) for (const target of targets) this.#receiver(target, key, section, group);
    if (groups.size === 0) section.report.missing(section.place, 'the logs go nowhere');
  }

  #receiver(target: Target, key: string, section: Section, paths: readonly LokiPath[]): void {
    const { builder } = this.#components;
    const addStages = (context: StageContext) => {
      for (const step of paths[0]?.steps ?? []) this.#step(step, context);
    };
    const label = key.split('.').slice(3).join('.');
    const { receiver, processors } = addReceiver(target, label, addStages, undefined, this.#components);
    builder.setPlace('receivers', receiver, section.place);
    const exporters = new Map<string, string[]>();
    for (const { end } of paths) {
      if (end.startsWith('otelcol.')) this.leaving.push({ receiver, target: end });
      else if (end.startsWith('loki.echo'))
        add(exporters, '', builder.share('exporters', 'debug', '', { verbosity: 'detailed' }));
      else for (const { exporter, processors: own } of this.destinations(end)) add(exporters, own.join(' '), exporter);
    }
    for (const [own, ids] of exporters)
      builder.connect('logs', receiver, [...processors, ...own.split(' ').filter((id) => id !== '')], ids);
  }

  #paths(keys: readonly string[], steps: readonly string[]): LokiPath[] {
    return keys.flatMap((key) => {
      if (/^loki\.(?:write|echo)\.|^otelcol\./.test(key)) return [{ steps, end: key }];
      const section = this.#components.section(key);
      if (steps.length >= MAX_STEPS || steps.includes(key)) {
        section.report.missing(section.place, 'the components form a cycle');
        return [];
      }
      if (!/^loki\.(?:process|relabel)\./.test(key)) {
        section.report.missing(
          section.place,
          'this component is not converted; entries pass it unchanged',
          'use operators, the processor redaction or transform',
        );
        const next = this.#components.referred(section, 'forward_to');
        section.skip(...section.keys);
        return this.#paths(next, steps);
      }
      return this.#paths(this.#components.referred(section, 'forward_to'), [...steps, key]);
    });
  }

  #step(key: string, context: StageContext): void {
    const section = this.#components.section(key);
    const block = this.#components.block(key);
    if (key.startsWith('loki.relabel.')) {
      relabelOperators(readRules(section.sections('rule')), context, () => undefined);
      section.skip('max_cache_size');
    } else if (block !== undefined) {
      const stages = alloyStages(block, section.path, this.#components);
      convertStages(stages.top, context, stages.inside);
    }
    section.finish();
  }

  get #positions(): string {
    this.#storage ??= this.#components.builder.add('extensions', 'file_storage', 'positions', {
      directory: './otelier-positions',
      create_directory: true,
    });
    return this.#storage;
  }

  /** Returns the targets of a source, which Promtail has too. */
  #targets(key: string, section: Section): Target[] {
    const type = key.split('.')[2] ?? '';
    const context = { builder: this.#components.builder, report: section.report, storage: this.#positions };
    const relabel = this.#rules(section);
    const { position } = section.place;
    const given = (entries: Readonly<Record<string, Tree | undefined>>) =>
      targetsOf(
        new Section(
          mapOf(position, { ...entries, relabel_configs: listTree(relabel, position) }),
          section.path,
          section.report,
        ),
        context,
      );
    const settings = (rename: Readonly<Record<string, string>>) => settingsOf(section, rename);
    switch (type) {
      case 'file':
      case 'docker':
      case 'kubernetes': {
        const { known, discovered, rules } = resolveTargets(
          section.tree('targets'),
          this.#components,
          section.at('targets'),
        );
        relabel.unshift(...rules);
        section.skip(
          'file_watch',
          'legacy_positions_file',
          'legacy_position_file',
          'host',
          'refresh_interval',
          'clustering',
          'client',
        );
        section.missing(
          'decompression',
          'compressed files are not converted with their settings',
          'set compression of file_log',
        );
        const labels = section.tree('labels');
        const startsAtEnd = section.boolean('tail_from_end') === true;
        if (labels !== undefined)
          section.report.missing(section.at('labels'), 'labels are not added', 'add operators of the type add');
        const statics = known.map((labelsOfTarget) => mapOf(labelsOfTarget.at, { labels: labelsOfTarget }));
        const found = given({
          static_configs: listTree(statics, position),
          ...Object.fromEntries([...discovered].map(([kind, trees]) => [kind, listTree(trees, position)])),
        });
        return startsAtEnd
          ? found.map((target) => ({ ...target, config: { ...target.config, start_at: 'end' } }))
          : found;
      }
      case 'journal':
        return given({ journal: settings({ format_as_json: 'json' }) });
      case 'syslog':
        return listOf(section.tree('listener')).flatMap((listener) =>
          given({
            syslog:
              listener.kind === 'map'
                ? mapOf(
                    listener.at,
                    renamed(listener.entries, { address: 'listen_address', protocol: 'listen_protocol' }),
                  )
                : undefined,
          }),
        );
      case 'api': {
        const http = section.section('http');
        const server = mapOf(position, {
          http_listen_address: http?.tree('listen_address'),
          http_listen_port: http?.tree('listen_port'),
        });
        http?.finish();
        return given({
          loki_push_api: mapOf(position, {
            server,
            use_incoming_timestamp: section.tree('use_incoming_timestamp'),
            labels: section.tree('labels'),
          }),
        });
      }
      case 'kafka':
        return given({ kafka: settings({}) });
      default:
        section.report.missing(
          section.place,
          `the component ${key} is not converted`,
          'see docs/guide/log-collection.md for the receivers of logs',
        );
        section.skip(...section.keys);
        return [];
    }
  }

  /** The rules of `relabel_rules`, which refer to a component `loki.relabel`. */
  #rules(section: Section): Tree[] {
    if (!section.has('relabel_rules')) return [];
    return this.#components
      .referred(section, 'relabel_rules')
      .flatMap((key) => [...listOf(this.#components.section(key).tree('rule'))]);
  }
}

function add(map: Map<string, string[]>, key: string, value: string): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}

/** Returns the settings of a section with other names. */
function settingsOf(section: Section, rename: Readonly<Record<string, string>>): Tree {
  const names = section.keys.filter((name) => name !== 'forward_to' && name !== 'relabel_rules');
  const entries = names.flatMap((name) => {
    const tree = section.tree(name);
    return tree === undefined ? [] : [[rename[name] ?? name, tree] as const];
  });
  return entries.length === 0
    ? emptyMap(section.place.position)
    : mapOf(section.place.position, Object.fromEntries(entries));
}

function renamed(entries: ReadonlyMap<string, Tree>, rename: Readonly<Record<string, string>>): Record<string, Tree> {
  return Object.fromEntries([...entries].map(([name, tree]) => [rename[name] ?? name, tree]));
}
