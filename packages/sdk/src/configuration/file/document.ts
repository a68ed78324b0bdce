import { readFile } from 'node:fs/promises';
import { isScalar, LineCounter, type Node, parseDocument, Scalar, visit } from 'yaml';
import type { Environment } from '../../environment.ts';
import { ConfigNode } from './config-node.ts';
import { ConfigurationFileError } from './configuration-file-error.ts';
import { resolveScalar } from './scalar.ts';
import { substitute } from './substitution.ts';

/** Reads a file of YAML or JSON, with the variables that it refers to. Throws a `ConfigurationFileError`. */
export async function readDocument(file: string, environment: Environment): Promise<ConfigNode> {
  return parseConfiguration(file, await textOf(file), environment);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigurationFileError(`${file}: expected a file that can be read, got ${String(error)}`, {
      cause: error,
    });
  }
}

function parseConfiguration(file: string, text: string, environment: Environment): ConfigNode {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', prettyErrors: false });
  const lineAt = (offset: number | undefined) => (offset === undefined ? undefined : lines.linePos(offset).line);
  const [error] = document.errors;
  if (error !== undefined) {
    const message = error.message.replaceAll('\n', ' ');
    throw new ConfigurationFileError(`${file}:${lineAt(error.pos[0])}: expected YAML or JSON: ${message}`, {
      cause: error,
    });
  }
  visit(document, {
    Scalar(key, node) {
      // Keys are taken as they are.
      if (key !== 'key') replaceReferences(node, environment, `${file}:${lineAt(node.range?.[0])}`);
    },
  });
  const source = {
    file,
    lineOf: (path: readonly (string | number)[]) =>
      lineAt((document.getIn(path, true) as Node | undefined)?.range?.[0]),
  };
  return new ConfigNode(source, [], document.toJS({ maxAliasCount: 100 }) ?? {});
}

function replaceReferences(node: Scalar, environment: Environment, place: string): void {
  if (!isScalar<string>(node) || typeof node.value !== 'string' || !node.value.includes('$')) return;
  try {
    const text = substitute(node.value, environment);
    node.value = (node.type === Scalar.PLAIN ? resolveScalar(text) : text) as string;
  } catch (error) {
    const got = error instanceof SyntaxError ? error.message : String(error);
    throw new ConfigurationFileError(`${place}: expected \${NAME}, \${env:NAME} or \${NAME:-otherwise}, got ${got}`);
  }
}
