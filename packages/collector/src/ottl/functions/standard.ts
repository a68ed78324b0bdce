import { type FunctionDefinition, type FunctionTable, functionTable } from '../compile/function.ts';
import { EDITORS } from './editors.ts';
import { FLATTEN } from './flatten.ts';
import { HASHES } from './hashes.ts';
import { IDS } from './ids.ts';
import { LAMBDAS } from './lambdas.ts';
import { LISTS } from './lists.ts';
import { REPLACERS } from './replace.ts';
import { TEXTS } from './text.ts';
import { TYPES } from './types.ts';

const CONVERTERS: readonly (readonly FunctionDefinition[])[] = [HASHES, IDS, LAMBDAS, LISTS, TEXTS, TYPES];

/** The converters of every component: conditions have no editors. */
export const STANDARD_CONVERTERS: FunctionTable = functionTable(...CONVERTERS);

/** The editors and converters of every component. */
export const STANDARD_FUNCTIONS: FunctionTable = functionTable(EDITORS, FLATTEN, REPLACERS, ...CONVERTERS);
