import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { backupsWith } from '../backup/backups-with.ts';
import { errorMessage } from '../error-message.ts';
import type { LegalHold } from '../holds/contract.ts';
import { signatureError, signedStatements, signStatement } from '../proofs/sign.ts';
import type { ThreadClient } from '../write/client.ts';
import { hashOf } from '../write/edits/file-hash.ts';
import type { Report } from '../write/files/damaged.ts';
import type { LiveJournals } from '../write/journals/live-journals.ts';
import type {
  ErasedFile,
  SignedStatement,
  StandingErasure,
  SubjectErasure,
  SubjectFindings,
  SubjectQuery,
  SubjectsCapability,
  SubjectTerm,
} from './contract.ts';
import { PendingErasures } from './pending-erasures.ts';
import { StandingErasures } from './standing-erasures.ts';
import { unsearched } from './unsearched.ts';

/** Names of the statements of erasures in `removals/` begin with it. */
const PREFIX = 'subject-';

/** What `StoreSubjects` depends on. */
export interface SubjectsContext {
  readonly journals: LiveJournals;
  readonly thread: Pick<ThreadClient, 'request'>;
  /** Resolves when all earlier appends are acknowledged or rejected. */
  readonly settled: () => Promise<void>;
  readonly report: Report;
  readonly holds: () => readonly LegalHold[];
  readonly now: () => number;
}

/** Finds and removes what an embedded store has of a person. */
export class StoreSubjects implements SubjectsCapability {
  readonly directory: string;
  readonly standingErasures: StandingErasures;
  readonly #context: SubjectsContext;
  readonly #pending: PendingErasures;
  #erasing: Promise<unknown> = Promise.resolve();

  constructor(directory: string, context: SubjectsContext) {
    this.directory = directory;
    this.#context = context;
    this.standingErasures = new StandingErasures(directory, context.report, context.now);
    this.#pending = new PendingErasures(directory, context.report);
  }

  async search(query: SubjectQuery, samples: number): Promise<SubjectFindings> {
    const { journals, thread, settled, holds } = this.#context;
    await settled();
    const edit = { ...query, parts: 'items', holds: holds() } as const;
    return thread.request('search', { positions: journals.durable, edit, samples });
  }

  erase(erasure: SubjectErasure): Promise<SignedStatement> {
    const erased = this.#erasing.then(() => this.#erase(erasure));
    this.#erasing = erased.catch(() => undefined);
    return erased;
  }

  statements(): readonly SignedStatement[] {
    return signedStatements(this.directory, PREFIX);
  }

  async verify(proof: SignedStatement, terms?: readonly SubjectTerm[]): Promise<readonly string[]> {
    const problem = signatureError(this.directory, proof);
    if (problem !== undefined) return [problem];
    const statement = JSON.parse(proof.statement) as ErasureStatement;
    if (statement.kind !== KIND) return [`expected a statement of kind ${KIND}, got ${JSON.stringify(statement.kind)}`];
    const errors: string[] = [];
    for (const { name, replacedBy } of statement.files) {
      if (existsSync(join(this.directory, name))) errors.push(`${name}: exists, although it was removed`);
      // Retention and later erasures remove it.
      const path = replacedBy && join(this.directory, replacedBy.name);
      if (path !== undefined && existsSync(path) && (await hashOf(path)) !== replacedBy?.sha256)
        errors.push(`${replacedBy?.name}: differs from the file of the statement`);
    }
    if (terms === undefined) return errors;
    const { tenant, subject, start, end, signals } = statement;
    const hashes = new Set(terms.map((term) => hashOfTerm(subject.salt, term)));
    if (subject.terms.some(({ sha256 }) => !hashes.has(sha256)) || hashes.size !== subject.terms.length)
      errors.push('the terms are not those of the statement');
    const query = { tenant, terms, signals, start: bigintOf(start), end: bigintOf(end) };
    const found = await this.search(query, 0);
    for (const { name, items } of found.files) if (items > 0) errors.push(`${name}: has ${items} items of the subject`);
    return errors;
  }

  standing(): readonly StandingErasure[] {
    return this.standingErasures.list();
  }

  addStanding(rule: { readonly id: string; readonly by: string } & SubjectQuery): void {
    this.standingErasures.add(rule);
  }

  removeStanding(id: string): boolean {
    return this.standingErasures.remove(id);
  }

  /** Continues the erasures that the last process began. */
  continueErasures(): void {
    for (const erasure of this.#pending.all()) {
      this.erase(erasure).catch((error) => {
        const reason = errorMessage(error);
        this.#context.report(`erasure ${erasure.id} failed: ${reason}; it is tried again at the next start`);
      });
    }
  }

  async #erase(erasure: SubjectErasure): Promise<SignedStatement> {
    const { journals, thread, settled, holds, now } = this.#context;
    const began = this.#pending.add(erasure, now());
    await settled();
    const names = await journals.renew();
    const edit = { ...queryOf(erasure), parts: erasure.parts, holds: holds() };
    const edited = await thread.request('edit', { positions: journals.durable, edit });
    // Files that an earlier attempt has replaced, before the process ended.
    const files = this.#pending.done(erasure.id, edited.files);
    await journals.whenGone(names);
    const left = await this.search(erasure, 0);
    const known = new Set(edited.names);
    const itemsIn = (isKnown: boolean) =>
      left.files.reduce((sum, { name, items }) => (known.has(name) === isKnown ? sum + items : sum), 0);
    const salt = randomBytes(16).toString('hex');
    const { id, tenant, parts, facts, terms } = erasure;
    const statement: ErasureStatement = {
      ...{ kind: KIND, id, tenant, ...facts },
      ...{ began: new Date(began).toISOString(), ended: new Date(now()).toISOString(), parts },
      subject: { salt, terms: terms.map((term) => ({ key: term.key, sha256: hashOfTerm(salt, term) })) },
      ...{ signals: erasure.signals, start: erasure.start?.toString(), end: erasure.end?.toString() },
      ...{ items: files.reduce((sum, file) => sum + file.items, 0), files, journals: names },
      ...{ held: edited.held, holds: edited.holds },
      // What a search after the erasure found, besides held items.
      verification: { searchedItems: left.searched, itemsLeft: itemsIn(true), itemsArrivedLater: itemsIn(false) },
      backups: backupsWith(
        this.directory,
        files.map(({ name }) => name),
      ),
      notSearched: unsearched(this.directory),
    };
    const proof = signStatement(this.directory, `${PREFIX}${id}`, { ...statement });
    this.#pending.remove(id);
    return proof;
  }
}

const KIND = 'subject-erasure';

/** What is stated about an erasure. The subject is stated by hashes, so that the statement does not identify it. */
interface ErasureStatement {
  readonly kind: string;
  readonly id: string;
  readonly tenant: string;
  readonly began: string;
  readonly ended: string;
  readonly parts: string;
  readonly subject: {
    readonly salt: string;
    /** SHA-256 of the salt, the key and the value, separated by NUL. */
    readonly terms: readonly { readonly key: string | undefined; readonly sha256: string }[];
  };
  readonly signals: SubjectQuery['signals'];
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly items: number;
  readonly files: readonly ErasedFile[];
  readonly journals: readonly string[];
  readonly held: number;
  readonly holds: readonly string[];
  /** `itemsArrivedLater` were acknowledged after the erasure began, which does not cover them. */
  readonly verification: {
    readonly searchedItems: number;
    readonly itemsLeft: number;
    readonly itemsArrivedLater: number;
  };
  /** Backups that the store knows, and which of the removed files they have. */
  readonly backups: ReturnType<typeof backupsWith>;
  /** Files of the store that could not be searched, because they are damaged or were rejected. */
  readonly notSearched: readonly string[];
}

function queryOf({ tenant, terms, signals, start, end }: SubjectQuery): SubjectQuery {
  return { tenant, terms, signals, start, end };
}

function hashOfTerm(salt: string, { key = '', value }: SubjectTerm): string {
  return createHash('sha256').update(`${salt}\0${key}\0${value}`).digest('hex');
}

function bigintOf(text: string | undefined): bigint | undefined {
  return text === undefined ? undefined : BigInt(text);
}
