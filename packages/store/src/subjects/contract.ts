import type { Signal } from '@otelier/otlp';

/**
 * Something that identifies a person in telemetry: an attribute with a value, or without `key` a text anywhere, which
 * neither letters nor digits precede or follow.
 */
export interface SubjectTerm {
  readonly key?: string | undefined;
  readonly value: string;
}

/** Which items are meant: those of a tenant with at least one of the terms. */
export interface SubjectQuery {
  readonly tenant: string;
  readonly terms: readonly SubjectTerm[];
  /** Default: all. */
  readonly signals?: readonly Signal[] | undefined;
  /** In nanoseconds since the Unix epoch; `start <= time < end`. Default: all times. */
  readonly start?: bigint | undefined;
  readonly end?: bigint | undefined;
}

/** What is removed: whole items, or only attributes with a term, and texts that contain one. */
export type ErasedParts = 'items' | 'values';

/** The items of a file that have a term. */
export interface SubjectFile {
  /** Path in the directory of the store, or name of a table. */
  readonly name: string;
  readonly signal: Signal;
  /** Number of items with a term, without those of a legal hold. */
  readonly items: number;
  /** Number of items with a term that a legal hold keeps. */
  readonly held: number;
  readonly rows: number;
}

/** Where a subject was found. */
export interface SubjectFindings {
  readonly tenant: string;
  readonly files: readonly SubjectFile[];
  /** Number of items that were searched, and of those that have a term, with held ones. */
  readonly searched: number;
  readonly items: number;
  readonly held: number;
  /** Legal holds that keep items of the subject, by ID. */
  readonly holds: readonly string[];
  /** Items by signal and hour of their time, in milliseconds since the Unix epoch, oldest first. */
  readonly hours: readonly { readonly signal: Signal; readonly hourMillis: number; readonly items: number }[];
  /** Export requests with some of the items. */
  readonly samples: readonly { readonly signal: Signal; readonly request: Uint8Array }[];
}

/** An erasure that was requested. */
export interface SubjectErasure extends SubjectQuery {
  /** Names the erasure and its statement: lower-case letters, digits and hyphens. */
  readonly id: string;
  readonly parts: ErasedParts;
  /** What the statement contains besides what the store removed, such as who requested it. Without the subject. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A file that an erasure replaced. */
export interface ErasedFile {
  readonly name: string;
  readonly signal: Signal;
  readonly rows: number;
  readonly bytes: number;
  /** Hash of the file that was removed. */
  readonly sha256: string;
  readonly items: number;
  /** What has the rest of its rows; `undefined` if none are left. */
  readonly replacedBy?: { readonly name: string; readonly bytes: number; readonly sha256: string } | undefined;
}

/** A statement in JSON, with its Ed25519 signature in base64 and the public key in PEM. */
export interface SignedStatement {
  readonly statement: string;
  readonly signature: string;
  readonly publicKey: string;
}

/** Refuses telemetry of a subject that arrives later. Only hashes of its values are kept. */
export interface StandingErasure {
  readonly id: string;
  readonly tenant: string;
  /** Keys of the attributes. */
  readonly keys: readonly string[];
  readonly createdMillis: number;
  readonly by: string;
}

/** Finds and removes what a store has of a person. */
export interface SubjectsCapability {
  /** Directory of the store's own files, which also has the statements of erasures. */
  readonly directory: string;
  /** Searches for a subject. Changes nothing. */
  search(query: SubjectQuery, samples: number): Promise<SubjectFindings>;
  /**
   * Removes a subject from everything that was acknowledged before, and returns a signed statement. An erasure that was
   * interrupted continues when the store is opened.
   */
  erase(erasure: SubjectErasure): Promise<SignedStatement>;
  /** Returns the statements of earlier erasures, newest first. */
  statements(): readonly SignedStatement[];
  /** Reports what of a statement is not true any more, or never was; nothing if all of it is. */
  verify(proof: SignedStatement, terms?: readonly SubjectTerm[]): Promise<readonly string[]>;
  /** Returns the erasures that also apply to telemetry that arrives later. */
  standing(): readonly StandingErasure[];
  /** Refuses items of a subject from now on. Every term must have a key. */
  addStanding(rule: { readonly id: string; readonly by: string } & SubjectQuery): void;
  /** Accepts items of a subject again. Returns `false` if there is no such rule. */
  removeStanding(id: string): boolean;
}
