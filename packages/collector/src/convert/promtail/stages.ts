import { emptyMap, isEmptyValue } from '../../config/tree.ts';
import { Section, scalarText } from '../source/section.ts';
import type { Stage } from '../stages/convert-stages.ts';

/** Reads the stages of a key: a list of mappings with one key each. */
export function readStages(section: Section, key: string): Stage[] {
  return section.sections(key).flatMap((entry) => {
    const [type, ...others] = entry.keys;
    if (type === undefined) return [];
    for (const other of others) entry.missing(other, 'expected a stage in an entry of its own');
    return [readStage(entry, type)];
  });
}

function readStage(entry: Section, type: string): Stage {
  const tree = entry.tree(type);
  const path = [...entry.path, type];
  if (tree === undefined || isEmptyValue(tree))
    return { type, section: new Section(emptyMap(entry.at(type).position), path, entry.report) };
  if (tree.kind === 'map') {
    // The names of a mapping are those of `labelallow` and `labeldrop` of old configurations.
    return { type, section: new Section(tree, path, entry.report), names: [...tree.entries.keys()] };
  }
  const names = tree.kind === 'list' ? tree.items.map(scalarText) : [scalarText(tree)];
  return { type, section: new Section(emptyMap(tree.at), path, entry.report), names };
}
