import { emptyMap } from '../../config/tree.ts';
import type { SourcePath } from '../report.ts';
import { Section } from '../source/section.ts';
import type { Stage } from '../stages/convert-stages.ts';
import type { AlloyComponents } from './components.ts';
import type { Block } from './syntax.ts';

/** Stages whose settings are in an attribute `values`. */
const WITH_VALUES = new Set([
  'labels',
  'static_labels',
  'structured_metadata',
  'label_drop',
  'label_keep',
  'structured_metadata_drop',
]);
const NAMES: Readonly<Record<string, string>> = { label_drop: 'labeldrop', label_keep: 'labelallow' };

/** Returns the stages of a block, and the function that returns those inside of a stage `match`. */
export function alloyStages(
  block: Block,
  path: SourcePath,
  components: AlloyComponents,
): { readonly top: Stage[]; readonly inside: (match: Section) => Stage[] } {
  const blocks = new Map<Section, Block>();
  const stagesOf = (outer: Block, outerPath: SourcePath): Stage[] => {
    let number = 0;
    return outer.body.flatMap((statement) => {
      if (statement.kind !== 'block' || !statement.name.startsWith('stage.')) return [];
      const type = statement.name.slice('stage.'.length);
      const inner = components.inner(statement, [...outerPath, 'stage', type, number++]);
      blocks.set(inner, statement);
      if (!WITH_VALUES.has(type)) return [{ type, section: inner }];
      const names = inner.tree('values')?.kind === 'list' ? inner.texts('values') : [];
      const values = names.length > 0 ? undefined : inner.section('values');
      inner.finish();
      return [
        {
          type: NAMES[type] ?? type,
          section: values ?? new Section(emptyMap(statement.at), inner.path, components.report),
          names,
        },
      ];
    });
  };
  return {
    top: stagesOf(block, path),
    inside: (match) => {
      const inner = blocks.get(match);
      return inner === undefined ? [] : stagesOf(inner, match.path);
    },
  };
}
