import type { ObservedRule } from '../../../component/observe/observed-rules.ts';
import type { Position } from '../../../config/config-error.ts';
import type { ConfiguredComponent, ServiceConfig } from '../../../config/model.ts';
import type { Tree } from '../../../config/tree.ts';
import type { NodeIdentity } from '../../../graph/node.ts';
import { createLogger } from '../../../service/logging.ts';
import { createService } from '../../../service/service.ts';
import { testedConfig } from '../pipeline/tested-config.ts';

/** A rule of a configuration, and how often it matched in tests. */
export interface CoveredRule extends ObservedRule {
  /** ID of the component, such as `processors/filter`. */
  readonly component: string;
  readonly position: Position;
  readonly matches: number;
}

/** The rules of the tested configurations, in their order. */
export interface Coverage {
  readonly rules: readonly CoveredRule[];
  readonly matched: number;
  readonly total: number;
  /** Percentage of rules that matched; 100 if there are none. */
  readonly percent: number;
}

/** Counts the matches of rules over all tests. */
export class RuleCoverage {
  /** Rules by configuration, then by component, kind and text. */
  readonly #rules = new Map<string, Map<string, Counted>>();

  /** Returns what observes the rules of a configuration. */
  observer(config: ServiceConfig): (component: NodeIdentity, rule: ObservedRule) => () => void {
    const { sources, settings = [] } = config.origin;
    const key = JSON.stringify([sources.map(({ name }) => name), settings]);
    const rules = this.#rules.get(key) ?? new Map<string, Counted>();
    this.#rules.set(key, rules);
    return ({ kind, component: id }, rule) => {
      const component = `${kind}s/${id}`;
      const ruleKey = JSON.stringify([component, rule.kind, rule.text]);
      const counted = rules.get(ruleKey) ?? {
        ...rule,
        component,
        position: positionOfRule(config, kind, id, rule),
        matches: 0,
      };
      rules.set(ruleKey, counted);
      return () => {
        counted.matches += 1;
      };
    };
  }

  /** Declares the rules of all components that a configuration runs, so that those of untested pipelines count too. */
  async declare(config: ServiceConfig, environment: Readonly<Record<string, string | undefined>>): Promise<void> {
    const { pipelines } = config.service;
    const ends = { storageDirectory: '', entrances: () => {}, record: () => {} };
    const graph = { pipelines, entered: new Set(pipelines.map(({ id }) => id)) };
    const service = createService({
      config: testedConfig(config, graph, ends),
      environment,
      observeRule: this.observer(config),
      logger: createLogger({ level: 'silent', encoding: 'json' }),
    });
    await service.shutdown();
  }

  result(): Coverage {
    const rules = [...this.#rules.values()]
      .flatMap((rulesOfConfig) => [...rulesOfConfig.values()])
      .toSorted(byPosition);
    const matched = rules.filter(({ matches }) => matches > 0).length;
    const percent = rules.length === 0 ? 100 : (100 * matched) / rules.length;
    return { rules, matched, total: rules.length, percent };
  }
}

type Counted = CoveredRule & { matches: number };

function byPosition({ position: a }: CoveredRule, { position: b }: CoveredRule): number {
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

function positionOfRule(
  config: ServiceConfig,
  kind: NodeIdentity['kind'],
  id: string,
  { text }: ObservedRule,
): Position {
  const component: ConfiguredComponent | undefined = config[`${kind}s`].get(id);
  const fallback = component?.position ?? config.service.position;
  if (component === undefined) return fallback;
  // A route is written as a condition.
  return find(component.written, text) ?? find(component.written, text.replace(/^route\(\) where /, '')) ?? fallback;
}

/** Finds the first value in a tree that is a text. */
function find(tree: Tree, text: string): Position | undefined {
  if (tree.kind === 'scalar') return String(tree.text ?? tree.value) === text ? tree.at : undefined;
  for (const inner of tree.kind === 'list' ? tree.items : tree.entries.values()) {
    const found = find(inner, text);
    if (found !== undefined) return found;
  }
  return undefined;
}
