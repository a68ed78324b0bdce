import type { ModuleError } from '../protocol.ts';
import { displayPath } from './display-path.ts';

/** Formats why a module could not be loaded: `FILE:LINE:COLUMN: message`. */
export function formatModuleError({ file, line, column, message }: ModuleError): string {
  return `${displayPath(file)}:${line === 0 ? '' : `${line}:${column}:`} ${message}`;
}
