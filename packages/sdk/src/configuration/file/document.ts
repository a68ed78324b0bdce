import { readFile } from 'node:fs/promises';
import { isScalar, LineCounter, type Node, parseDocument, Scalar, visit } from 'yaml';
import type { Environment } from '../../environment.ts';
import { ConfigNode, ConfigurationFileError } from './config-node.ts';

/**
 * Reads a YAML or JSON file and substitutes environment variables. Throws a `ConfigurationFileError` if it is invalid.
 */
export async function readDocument(file: string, environment: Environment): Promise<ConfigNode> {
  return parseConfiguration(file, await textOf(file), environment);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigurationFileError(`${file}: expected a readable file, got ${String(error)}`, {
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
      // Keys are not subject to substitution.
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
    throw new ConfigurationFileError(`${place}: expected \${NAME}, \${env:NAME} or \${NAME:-default}, got ${got}`);
  }
}

/**
 * Substitutes environment variables: `${NAME}`, `${env:NAME}`, and `${NAME:-default}` for variables that are unset or
 * empty. `$$` is an escaped `$`. Substitution is not recursive (specification, "Environment variable substitution").
 * Throws a `SyntaxError` for an invalid reference.
 */
export function substitute(text: string, environment: Environment): string {
  return text
    .split('$$')
    .map((part) => part.replace(REFERENCE, (_, content: string) => lookUp(content, environment)))
    .join('$');
}

function lookUp(content: string, environment: Environment): string {
  const [, name, fallback = ''] = VARIABLE.exec(content) ?? [];
  // What follows the colon may be secret.
  if (name === undefined) throw new SyntaxError(`\${${content.replace(/:.*/s, ':…')}}`);
  return environment[name] || fallback;
}

const REFERENCE = /\$\{([^}]+)\}/g;
const VARIABLE = /^(?:env:)?([A-Za-z_]\w*)(?::-([^\n]*))?$/;

/** Resolves a plain scalar (YAML 1.2, "Core Schema"). */
export function resolveScalar(text: string): string | number | boolean | null {
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?\d+$/.test(text) || /^0x[\da-fA-F]+$/.test(text) || /^0o[0-7]+$/.test(text)) return Number(text);
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text);
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? Number.NaN : text;
}
