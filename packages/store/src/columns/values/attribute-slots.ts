import { BOOL, TEXT } from '../attribute-types.ts';
import { BytesBuilder } from './bytes-builder.ts';
import { BoolBuilder, Words64Builder } from './words-builders.ts';

/** The column of one attribute, with one element per row. */
export type DenseColumn = BytesBuilder | Words64Builder | BoolBuilder;

/** The key and type of an attribute. Slots are numbered from 1. */
export interface AttributeSlot {
  /** Index of the entry in `keys`. */
  readonly key: number;
  readonly type: number;
  readonly dense: DenseColumn | undefined;
}

/** Creates the column of an attribute of a type. */
export function denseColumn(type: number): DenseColumn {
  if (type === TEXT) return new BytesBuilder(true);
  return type === BOOL ? new BoolBuilder() : new Words64Builder(true);
}
