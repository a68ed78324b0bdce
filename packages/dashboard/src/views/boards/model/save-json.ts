import type { JsonValue } from '@otelier/query';
import { saveFile } from '../../query/results/csv.ts';
import type { Board } from './board.ts';

/** The form of a board in a file. */
export interface BoardFile extends Board {
  readonly kind: typeof BOARD_FILE;
  readonly name: string;
}

/** What a file says about itself if it has a board. */
export const BOARD_FILE = 'otelier board';

/** Offers a document for download as JSON. */
export function saveJson(document: JsonValue | BoardFile, name: string): void {
  saveFile(new Blob([`${JSON.stringify(document, undefined, 2)}\n`], { type: 'application/json' }), name);
}
