import type { SyntaxNode } from '@lezer/common';
import type { BinaryExpr, VectorMatching } from './ast.ts';
import type { Conversion } from './conversion.ts';
import { childNamed, childNodes } from './tree.ts';

/** Converts the modifiers of a binary expression: `bool`, `on`, `ignoring`, `group_left`, `group_right` and `fill`. */
export function convertModifiers(
  converter: Conversion,
  node: SyntaxNode,
): Pick<BinaryExpr, 'matching' | 'returnBool' | 'operatorSpan'> {
  const clause = childNamed(node, 'MatchingModifierClause');
  const fill = childNamed(node, 'FillModifier');
  const isLeft = clause !== undefined && childNamed(clause, 'GroupLeft') !== undefined;
  const isRight = clause !== undefined && childNamed(clause, 'GroupRight') !== undefined;
  const [labels, include] = clause === undefined ? [] : clause.getChildren('GroupingLabels');
  if (fill !== undefined && !converter.options.fillModifiers) {
    const span = { start: node.from, end: node.to };
    throw converter.error(span, 'binop fill modifiers are experimental and not enabled');
  }
  const matching: VectorMatching = {
    cardinality: isLeft ? 'many-to-one' : isRight ? 'one-to-many' : 'one-to-one',
    on: clause !== undefined && childNamed(clause, 'On') !== undefined,
    labels: converter.grouping(labels),
    include: converter.grouping(include),
    fillLeft: fillValue(converter, fill, 'FillLeftClause'),
    fillRight: fillValue(converter, fill, 'FillRightClause'),
  };
  const children = childNodes(node);
  const operatorSpan = { start: children[1]?.from ?? node.from, end: children.at(-2)?.to ?? node.to };
  return { matching, returnBool: childNamed(node, 'BoolModifier') !== undefined, operatorSpan };
}

function fillValue(converter: Conversion, fill: SyntaxNode | undefined, side: string): number | undefined {
  const clause = fill === undefined ? undefined : (childNamed(fill, side) ?? childNamed(fill, 'FillClause'));
  const literal = clause === undefined ? undefined : childNamed(clause, 'NumberDurationLiteral');
  return literal === undefined ? undefined : converter.number(literal).value;
}
