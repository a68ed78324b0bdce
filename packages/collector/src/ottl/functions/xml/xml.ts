import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { literalText, optional, text } from '../../compile/parameters.ts';
import { EvaluationError, isList, type Value, type ValueMap } from '../../values/value.ts';
import { addChild, formatXml, localName, parseXml, type XmlElement, type XmlNode, xmlElement } from './xml-parse.ts';
import { compileXPath } from './xpath.ts';

/** XML converters. */
export const XML: readonly FunctionDefinition[] = [
  defineFunction('ParseXML', { target: text() }, ({ target }) => (subject) => {
    const elements = elementsOf(parseXml(target(subject)).children);
    const [root] = elements;
    if (root === undefined || elements.length > 1) throw new EvaluationError('expected one XML element at the top');
    return fullMap(root);
  }),
  defineFunction(
    'ParseSimplifiedXML',
    { target: text() },
    ({ target }) =>
      (subject) =>
        simplifiedMap(elementsOf(parseXml(target(subject)).children)),
  ),
  defineFunction('GetXML', { target: text(), xpath: literalText() }, ({ target, xpath }) => {
    const select = compileXPath(xpath);
    return (subject) => {
      const source = target(subject);
      if (source === '') return '';
      const result = xmlElement('');
      const document = parseXml(source);
      for (const node of select(document)) {
        if (node === document) continue;
        if (node.kind === 'element' || node.kind === 'text') result.children.push(node);
        else if (node.kind === 'attribute' || node.kind === 'cdata')
          result.children.push({ kind: 'text', text: node.text, parent: result });
      }
      return formatXml(result);
    };
  }),
  defineFunction('RemoveXML', { target: text(), xpath: literalText() }, ({ target, xpath }) => {
    const select = compileXPath(xpath);
    return (subject) => {
      const source = target(subject);
      if (source === '') return '';
      const document = parseXml(source);
      for (const node of select(document)) {
        const { parent } = node;
        if (parent === undefined) continue;
        if (node.kind === 'attribute') parent.attributes = parent.attributes.filter((other) => other !== node);
        else if (node.kind === 'text') node.text = '';
        else parent.children = parent.children.filter((other) => other !== node);
      }
      return formatXml(document);
    };
  }),
  defineFunction(
    'InsertXML',
    { target: text(), xpath: literalText(), subDocument: text() },
    ({ target, xpath, subDocument }) => {
      const select = compileXPath(xpath);
      return (subject) => {
        const source = target(subject);
        const document = source === '' ? xmlElement('') : parseXml(source);
        const inserted = subDocument(subject);
        parseXml(inserted);
        for (const node of select(document)) {
          if (node.kind !== 'element') throw new EvaluationError('expected an XPath that selects elements');
          for (const child of parseXml(inserted).children) addChild(node, child);
        }
        return formatXml(document);
      };
    },
  ),
  defineFunction(
    'ConvertAttributesToElementsXML',
    { target: text(), xpath: optional(literalText()) },
    ({ target, xpath = '//@*' }) => {
      const select = compileXPath(xpath);
      return (subject) => {
        const document = parseXml(target(subject));
        for (const node of select(document)) {
          if (node.kind !== 'attribute') continue;
          const element = xmlElement(node.name);
          addChild(element, { kind: 'text', text: node.text, parent: element });
          addChild(node.parent, element);
          node.parent.attributes = node.parent.attributes.filter((other) => other !== node);
        }
        return formatXml(document);
      };
    },
  ),
  defineFunction(
    'ConvertTextToElementsXML',
    { target: text(), xpath: optional(literalText()), elementName: optional(literalText()) },
    ({ target, xpath = '/', elementName = 'value' }) => {
      const select = compileXPath(xpath);
      return (subject) => {
        const document = parseXml(target(subject));
        for (const node of select(document)) if (node.kind === 'element') wrapText(node, elementName);
        return formatXml(document);
      };
    },
  ),
];

function elementsOf(nodes: readonly XmlNode[]): XmlElement[] {
  return nodes.filter((node) => node.kind === 'element');
}

function textOf(nodes: readonly XmlNode[]): string {
  return nodes.map((node) => (node.kind === 'text' || node.kind === 'cdata' ? node.text.trim() : '')).join('');
}

/** Returns a map with an element's tag, attributes, text and children. Empty parts are omitted. */
function fullMap({ name, attributes, children }: XmlElement): ValueMap {
  const result: ValueMap = new Map([['tag', localName(name)]]);
  if (attributes.length > 0)
    result.set('attributes', new Map(attributes.map((attribute) => [localName(attribute.name), attribute.text])));
  const content = textOf(children);
  if (content !== '') result.set('content', content);
  const elements = elementsOf(children);
  if (elements.length > 0) result.set('children', elements.map(fullMap));
  return result;
}

/**
 * Returns a map of elements by tag: a string for elements without children, a list for repeated tags. Empty elements
 * are omitted.
 */
function simplifiedMap(elements: readonly XmlElement[]): ValueMap {
  const result: ValueMap = new Map();
  for (const element of elements) {
    const name = localName(element.name);
    const isRepeated = elements.filter((other) => localName(other.name) === name).length > 1;
    const inner = elementsOf(element.children);
    const value: Value = inner.length > 0 ? simplifiedMap(inner) : textOf(element.children);
    if (value === '' || (value instanceof Map && value.size === 0)) continue;
    const list = result.get(name);
    if (!isRepeated) result.set(name, value);
    else if (isList(list)) list.push(value);
    else result.set(name, [value]);
  }
  return result;
}

/** Wraps the text of elements that also have child elements into separate elements, recursively. */
function wrapText(parent: XmlElement, name: string): void {
  const elements = elementsOf(parent.children);
  for (const element of elements) wrapText(element, name);
  const texts = parent.children.filter(({ kind }) => kind === 'text').length;
  if (texts === 0 || texts + elements.length <= 1) return;
  parent.children = parent.children.map((child) => {
    if (child.kind !== 'text') return child;
    const wrapper = xmlElement(name);
    wrapper.parent = parent;
    addChild(wrapper, child);
    return wrapper;
  });
}
