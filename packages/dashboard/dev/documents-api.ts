import type { DocumentEntry, DocumentResponse, DocumentsResponse, JsonValue } from '@otelier/query';

/** A response of the fixture server. */
export interface FixtureResponse {
  readonly status: number;
  readonly body: unknown;
}

/** The documents of the page, in memory. */
export class FixtureDocuments {
  readonly #documents = new Map<string, DocumentResponse>();

  /** Handles a request; `undefined` for another path. */
  handle(path: string, params: URLSearchParams, body: unknown): FixtureResponse | undefined {
    if (path === '/documents') return { status: 200, body: this.#list(params.get('kind') ?? 'board') };
    if (path === '/documents/save') return this.#save(body as DocumentResponse & { readonly content: JsonValue });
    if (path === '/documents/remove') {
      const { kind, id } = body as DocumentResponse;
      return { status: 200, body: { removed: this.#documents.delete(`${kind}/${id}`) } };
    }
    const key = /^\/documents\/(\w+\/[\w-]+)$/.exec(path)?.[1];
    if (key === undefined) return undefined;
    const found = this.#documents.get(key);
    return found === undefined ? problem(404, 'not_found', `there is no ${key}`) : { status: 200, body: found };
  }

  #list(kind: string): DocumentsResponse {
    const documents = [...this.#documents.values()]
      .filter((document) => document.kind === kind)
      .map(({ content, ...entry }): DocumentEntry => ({ ...entry, sizeBytes: JSON.stringify(content).length }));
    return { documents };
  }

  #save({ kind, id, name, content, revision }: DocumentResponse): FixtureResponse {
    const current = this.#documents.get(`${kind}/${id}`)?.revision ?? 0;
    if (current !== revision) {
      return problem(409, 'conflict', `revision: expected ${current}, which has been saved since, got ${revision}`);
    }
    const saved = { kind, id, name, revision: revision + 1, updatedMillis: Date.now() };
    this.#documents.set(`${kind}/${id}`, { ...saved, content });
    return { status: 200, body: saved };
  }
}

function problem(status: number, code: string, message: string): FixtureResponse {
  return { status, body: { error: { code, message } } };
}
