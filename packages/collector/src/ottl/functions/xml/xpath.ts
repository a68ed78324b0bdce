import { EvaluationError } from '../../values/value.ts';
import type { XmlAttribute, XmlElement, XmlNode } from './xml-parse.ts';
import { localName } from './xml-parse.ts';
import { parseXPath, type Step, type XPathExpression } from './xpath-parse.ts';

/** A node selected by an XPath expression. */
export type Selected = XmlNode | XmlAttribute;
type XPathValue = string | number | boolean | Selected[];

/** Compiles an XPath 1.0 expression that selects nodes. Throws an `EvaluationError` if it is invalid. */
export function compileXPath(text: string): (document: XmlElement) => Selected[] {
  const expression = parseXPath(text);
  return (document) => {
    const value = evaluate(expression, { node: document, position: 1, size: 1 });
    if (!Array.isArray(value)) throw new EvaluationError(`expected an XPath that selects nodes, got "${text}"`);
    return inDocumentOrder(value, document);
  };
}

function inDocumentOrder(nodes: readonly Selected[], document: XmlElement): Selected[] {
  const selected = new Set(nodes);
  const ordered: Selected[] = [];
  const visit = (node: Selected): void => {
    if (selected.has(node)) ordered.push(node);
    if (node.kind === 'element') for (const child of [...node.attributes, ...node.children]) visit(child);
  };
  visit(document);
  return ordered;
}

interface Focus {
  readonly node: Selected;
  readonly position: number;
  readonly size: number;
}

function evaluate(expression: XPathExpression, focus: Focus): XPathValue {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'path':
      return expression.steps.reduce<Selected[]>(
        (nodes, step) => unique(nodes.flatMap((node) => follow(step, node))),
        [expression.isAbsolute ? rootOf(focus.node) : focus.node],
      );
    case 'union':
      return unique(expression.operands.flatMap((operand) => nodesOf(evaluate(operand, focus))));
    case 'operator':
      return operate(expression.operator, expression.left, expression.right, focus);
    case 'call':
      return call(
        expression.name,
        expression.args.map((arg) => evaluate(arg, focus)),
        focus,
      );
  }
}

function nodesOf(value: XPathValue): Selected[] {
  return Array.isArray(value) ? value : [];
}

function unique(nodes: readonly Selected[]): Selected[] {
  return [...new Set(nodes)];
}

function rootOf(node: Selected): Selected {
  let root: Selected = node;
  while (root.parent !== undefined) root = root.parent;
  return root;
}

function follow({ axis, test, predicates }: Step, node: Selected): Selected[] {
  const isAttribute = axis === 'attribute';
  let nodes = axisOf(axis, node).filter((candidate) => passes(candidate, test, isAttribute));
  for (const predicate of predicates) {
    const size = nodes.length;
    nodes = nodes.filter((candidate, index) => {
      const value = evaluate(predicate, { node: candidate, position: index + 1, size });
      return typeof value === 'number' ? value === index + 1 : truth(value);
    });
  }
  return nodes;
}

function axisOf(axis: Step['axis'], node: Selected): Selected[] {
  const element = node.kind === 'element' ? node : undefined;
  switch (axis) {
    case 'child':
      return element?.children ?? [];
    case 'attribute':
      return element?.attributes ?? [];
    case 'self':
      return [node];
    case 'parent':
      return node.parent === undefined ? [] : [node.parent];
    case 'descendantOrSelf':
      return [node, ...(element?.children ?? []).flatMap((child) => axisOf('descendantOrSelf', child))];
  }
}

function passes(node: Selected, test: string, isAttribute: boolean): boolean {
  switch (test) {
    case 'node()':
      return true;
    case 'text()':
      return node.kind === 'text' || node.kind === 'cdata';
    case 'comment()':
      return node.kind === 'comment';
    default:
      if (node.kind !== (isAttribute ? 'attribute' : 'element')) return false;
      if (test === '*') return node.name !== '';
      return node.name === test;
  }
}

function operate(operator: string, left: XPathExpression, right: XPathExpression, focus: Focus): XPathValue {
  const first = evaluate(left, focus);
  if (operator === 'and') return truth(first) && truth(evaluate(right, focus));
  if (operator === 'or') return truth(first) || truth(evaluate(right, focus));
  const second = evaluate(right, focus);
  // A comparison with a set of nodes is true if it is true for any node.
  return atoms(first).some((a) => atoms(second).some((b) => compare(operator, a, b)));
}

type Atom = string | number | boolean;

function atoms(value: XPathValue): Atom[] {
  return Array.isArray(value) ? value.map(stringOf) : [value];
}

function compare(operator: string, left: Atom, right: Atom): boolean {
  const isNumeric = typeof left === 'number' || typeof right === 'number' || /[<>]/.test(operator);
  const [a, b] = isNumeric ? [Number(left), Number(right)] : [String(left), String(right)];
  switch (operator) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}

function truth(value: XPathValue): boolean {
  return Array.isArray(value) || typeof value === 'string' ? value.length > 0 : Boolean(value);
}

function stringOf(node: Selected): string {
  return node.kind === 'element' ? node.children.map(stringOf).join('') : node.kind === 'comment' ? '' : node.text;
}

function text(value: XPathValue | undefined): string {
  if (value === undefined) return '';
  if (!Array.isArray(value)) return String(value);
  return value[0] === undefined ? '' : stringOf(value[0]);
}

function call(name: string, args: readonly XPathValue[], { node, position, size }: Focus): XPathValue {
  const [first, second] = args;
  switch (name) {
    case 'contains':
      return text(first).includes(text(second));
    case 'starts-with':
      return text(first).startsWith(text(second));
    case 'ends-with':
      return text(first).endsWith(text(second));
    case 'not':
      return !truth(first ?? []);
    case 'position':
      return position;
    case 'last':
      return size;
    case 'count':
      return nodesOf(first ?? []).length;
    case 'name':
    case 'local-name':
      return node.kind === 'element' || node.kind === 'attribute' ? localName(node.name) : '';
    case 'string':
      return first === undefined ? stringOf(node) : text(first);
    case 'string-length':
      return text(first ?? [node]).length;
    case 'normalize-space':
      return text(first ?? [node])
        .trim()
        .replace(/\s+/g, ' ');
    case 'true':
      return true;
    default:
      return false;
  }
}
