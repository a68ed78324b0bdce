import { stringify } from 'yaml';
import { wholeSource } from '../../config/config-error.ts';
import { nestKeys } from '../../config/merge.ts';
import type { ServiceConfig } from '../../config/model.ts';
import { mergeRemote } from '../../config/remote/merge-remote.ts';
import { emptyMap, mergeTrees, plainValue, type Tree } from '../../config/tree.ts';
import { parseYaml } from '../../config/yaml/parse.ts';

/** The text of a configuration, with its secrets. */
export interface BaseText {
  /** Name of its source in messages. */
  readonly name: string;
  readonly text: string;
}

/**
 * Returns a configuration as one text: that of its source if there is only one, and otherwise YAML of all of them merged.
 * References are not expanded.
 */
export function baseTextOf({ origin: { sources } }: ServiceConfig): BaseText {
  const [only, ...others] = sources;
  if (only !== undefined && others.length === 0 && only.isGenerated !== true)
    return { name: only.name, text: only.text };
  const merged = sources.reduce<Tree>(
    (under, { name, text, isRemote }) => {
      const { tree } = parseYaml(name, text);
      if (tree === undefined) return under;
      return isRemote === true ? mergeRemote(under, nestKeys(tree), []) : mergeTrees(under, nestKeys(tree));
    },
    emptyMap(wholeSource('merged')),
  );
  return {
    name: only !== undefined && others.length === 0 ? only.name : 'merged',
    text: stringify(plainValue(merged)),
  };
}
