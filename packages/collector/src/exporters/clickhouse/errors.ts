/** The table or the database does not exist. */
export const MISSING_TABLE_CODES: ReadonlySet<number> = new Set([60, 81]);

/** Codes of errors that the same statement always has: of syntax, types, names, values, settings and access. */
const FINAL_CODES: ReadonlySet<number> = new Set([
  ...[6, 7, 8, 9, 10, 16, 20, 25, 26, 27, 28, 31, 33, 34, 35, 36, 38, 39, 41, 42, 43, 44, 46, 47, 48],
  ...[50, 51, 52, 53, 56, 57, 60, 62, 63, 69, 70, 72, 73, 80, 81, 115, 117, 122, 128, 130, 131, 137, 164, 169, 170],
  ...[190, 191, 192, 193, 194, 195, 261, 291, 306, 321, 344, 349, 376, 378, 386, 392, 395, 407, 441, 452, 456, 457],
  ...[469, 472, 474, 475, 497, 516],
]);

/** Codes of errors that pass, whatever the status of the response is: limits of the moment, and states of a cluster. */
const TEMPORARY_CODES: ReadonlySet<number> = new Set([
  ...[159, 160, 198, 201, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 279, 285, 286, 319, 341, 394, 425, 439],
  ...[473, 499, 579, 667, 671, 673, 676, 700, 999],
]);

/**
 * Reports whether a statement that failed can succeed later. ClickHouse responds to most errors with 500, so that its
 * own code decides; an unknown code is as temporary as its status.
 */
export function isTemporary(status: number, code: number | undefined): boolean {
  if (code !== undefined && TEMPORARY_CODES.has(code)) return true;
  if (code !== undefined && FINAL_CODES.has(code)) return false;
  return status === 408 || status === 429 || status >= 500 || status === 200;
}
