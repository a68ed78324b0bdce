import { type SpanAttribute, STATUS_CODE, type StatusData } from '../../spans/span-data.ts';

/** A status that a tag or several tags describe. */
interface TaggedStatus {
  code: number | undefined;
  message: string;
}

/** Derives the status of a span from its tags, as the Collector does: of several sources, the most explicit one wins. */
export class StatusOfTags {
  readonly #census: TaggedStatus = { code: undefined, message: '' };
  readonly #explicit: TaggedStatus = { code: undefined, message: '' };
  readonly #http: TaggedStatus = { code: undefined, message: '' };
  #hasError = false;

  /** Takes a tag into account, and reports whether it only describes the status and is no attribute. */
  add(key: string, value: SpanAttribute): boolean {
    switch (key) {
      case 'census.status_code': {
        const code = integerOf(value);
        // 0 is OK in OpenCensus.
        if (code !== undefined) this.#census.code = code === 0 ? STATUS_CODE.ok : STATUS_CODE.error;
        return true;
      }
      case 'census.status_description':
      case 'opencensus.status_description':
        this.#census.message = messageOf(value);
        return true;
      case 'otel.status_code':
        this.#explicit.code = integerOf(value) ?? this.#explicit.code;
        return true;
      case 'otel.status_description':
        this.#explicit.message = messageOf(value);
        return true;
      case 'http.status_code':
      case 'http.response.status_code': {
        const code = integerOf(value);
        if (code !== undefined) this.#http.code = code >= 100 && code < 400 ? STATUS_CODE.unset : STATUS_CODE.error;
        return false;
      }
      case 'http.status_message':
        this.#http.message = messageOf(value);
        return false;
      case 'error':
        this.#hasError = true;
        return true;
      default:
        return false;
    }
  }

  /** Returns the status, when all tags are added. */
  status(): StatusData {
    for (const { code, message } of [this.#census, this.#explicit]) if (code !== undefined) return { code, message };
    if (this.#hasError) {
      return { code: STATUS_CODE.error, message: this.#census.message || this.#explicit.message };
    }
    const { code, message } = this.#http;
    return code === undefined ? { code: STATUS_CODE.unset, message: '' } : { code, message };
  }
}

/** Returns an integer of 32 bits, given as such or as text. */
function integerOf(value: SpanAttribute): number | undefined {
  if (typeof value !== 'bigint' && !(typeof value === 'string' && /^[+-]?\d+$/.test(value))) return undefined;
  const number = Number(value);
  return number === (number | 0) ? number : undefined;
}

function messageOf(value: SpanAttribute): string {
  return typeof value === 'string' ? value : '';
}
