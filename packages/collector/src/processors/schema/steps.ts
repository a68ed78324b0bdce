import type { ResolvedRegistry, VersionChanges } from './file-format.ts';

/** An attribute renaming. With `copies`, the old attribute is kept. */
export interface AttributeRenaming {
  readonly names: ReadonlyMap<string, string>;
  readonly copies: boolean;
}

/** An attribute renaming with conditions on the names of spans, metrics or events; an empty set is no condition. */
export interface ConditionalRenaming extends AttributeRenaming {
  readonly of: ReadonlySet<string>;
  /** Event names, for attributes of span events. */
  readonly ofEvents: ReadonlySet<string>;
}

/** A change to spans, metrics or span events. */
export type Change =
  | { readonly kind: 'attributes'; readonly renaming: ConditionalRenaming }
  | { readonly kind: 'name'; readonly names: ReadonlyMap<string, string> };

/** The changes in one version, in the order in which they are applied. */
export interface Step {
  readonly direction: 'apply' | 'revert';
  readonly all: readonly AttributeRenaming[];
  readonly resources: readonly AttributeRenaming[];
  readonly logs: readonly AttributeRenaming[];
  readonly spans: readonly Change[];
  readonly spanEvents: readonly Change[];
  readonly metrics: readonly Change[];
}

/** Compiles the changes in a version. Throws if a change is of an unknown kind. */
export function stepOf(changes: VersionChanges, copies: boolean): Step {
  const renamings = (section: NonNullable<VersionChanges>['all']): AttributeRenaming[] =>
    (section?.changes ?? []).flatMap(({ rename_attributes: renamed }) =>
      renamed ? [{ names: mapOf(renamed.attribute_map), copies }] : [],
    );
  return {
    direction: 'apply',
    all: renamings(changes?.all),
    resources: renamings(changes?.resources),
    logs: renamings(changes?.logs),
    spans: (changes?.spans?.changes ?? []).flatMap(({ rename_attributes: renamed }): Change[] =>
      renamed ? [attributeChange(renamed.attribute_map, copies, renamed.apply_to_spans)] : [],
    ),
    spanEvents: (changes?.span_events?.changes ?? []).map((change): Change => {
      if (change.rename_events) return { kind: 'name', names: mapOf(change.rename_events.name_map) };
      const renamed = change.rename_attributes;
      if (!renamed) throw new Error('span_events: expected rename_events or rename_attributes, got another change');
      return attributeChange(renamed.attribute_map, copies, renamed.apply_to_spans, renamed.apply_to_events);
    }),
    metrics: (changes?.metrics?.changes ?? []).flatMap((change): Change[] => {
      const renamed = change.rename_attributes;
      return [
        ...(renamed ? [attributeChange(renamed.attribute_map, copies, renamed.apply_to_metrics)] : []),
        ...(change.rename_metrics ? [{ kind: 'name', names: mapOf(change.rename_metrics) } as const] : []),
      ];
    }),
  };
}

/** Compiles a resolved registry: deprecated names are renamed to their replacements. */
export function stepOfRegistry({ attribute_catalog: catalog, registry }: ResolvedRegistry, copies: boolean): Step {
  const attributes = renamed(catalog ?? [], ({ key }) => key);
  const nameChange = (signals: (typeof registry)['metrics']): Change[] => {
    const names = renamed(signals ?? [], ({ name }) => name);
    return names.size === 0 ? [] : [{ kind: 'name', names }];
  };
  return {
    direction: 'apply',
    all: attributes.size === 0 ? [] : [{ names: attributes, copies }],
    resources: [],
    logs: [],
    spans: nameChange(registry.spans),
    spanEvents: nameChange(registry.events),
    metrics: nameChange(registry.metrics),
  };
}

/** Returns a step that reverts another: old and new names are swapped, and the changes are in reverse order. */
export function reverted(step: Step): Step {
  const renaming = <R extends AttributeRenaming>(each: R): R => ({ ...each, names: inverse(each.names) });
  const change = (each: Change): Change =>
    each.kind === 'name'
      ? { kind: 'name', names: inverse(each.names) }
      : { kind: 'attributes', renaming: renaming(each.renaming) };
  return {
    direction: 'revert',
    all: step.all.map(renaming).reverse(),
    resources: step.resources.map(renaming).reverse(),
    logs: step.logs.map(renaming).reverse(),
    spans: step.spans.map(change).reverse(),
    spanEvents: step.spanEvents.map(change).reverse(),
    metrics: step.metrics.map(change).reverse(),
  };
}

function attributeChange(
  names: Readonly<Record<string, string>>,
  copies: boolean,
  of: readonly string[] | null | undefined,
  ofEvents?: readonly string[] | null,
): Change {
  const renaming = { names: mapOf(names), copies, of: new Set(of ?? []), ofEvents: new Set(ofEvents ?? []) };
  return { kind: 'attributes', renaming };
}

interface Deprecated {
  readonly deprecated?: { readonly reason: string; readonly renamed_to: string } | null | undefined;
}

function renamed<T extends Deprecated>(entries: readonly T[], nameOf: (entry: T) => string): Map<string, string> {
  return new Map(
    entries.flatMap((entry): [string, string][] => {
      const { deprecated } = entry;
      const isRenamed = deprecated?.reason === 'renamed' && deprecated.renamed_to !== '' && nameOf(entry) !== '';
      return isRenamed ? [[nameOf(entry), deprecated.renamed_to]] : [];
    }),
  );
}

function mapOf(names: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(names));
}

function inverse(names: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...names].map(([from, to]) => [to, from]));
}
