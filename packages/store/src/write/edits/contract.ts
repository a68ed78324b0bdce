import type { LegalHold } from '../../holds/contract.ts';
import type { ErasedParts, SubjectQuery } from '../../subjects/contract.ts';

/** Which items of files are edited, and which are held. */
export interface FileEdit extends SubjectQuery {
  readonly parts: ErasedParts;
  readonly holds: readonly LegalHold[];
}
