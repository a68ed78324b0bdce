import { isUnlikelyText } from './letter-pairs.ts';

const MAX_SEGMENTS = 10;
const MAX_REMEMBERED = 8192;

const SLASH = 0x2f;
const STAR = 0x2a;
/** `?`, `&` and `#`, which end the path. */
const END_OF_PATH = new Set([0x3f, 0x26, 0x23]);
/** Letters, and punctuation that occurs within words. */
const isNameByte: boolean[] = Array.from({ length: 256 }, (_, byte) => /[a-zA-Z\-_. ]/.test(String.fromCharCode(byte)));

const likelyNames = new Set<string>();

/**
 * Replaces path segments that look like identifiers with `*`, and removes the query and fragment. A segment is kept if
 * it consists of letters in a likely order, ignoring its second character: `v1`.
 */
export function clusterUrl(text: string): string {
  const path = Buffer.from(text);
  return path.length === 0 ? text : new PathClustering(path).run();
}

class PathClustering {
  /** The result overwrites the path, since it is never longer. */
  readonly #path: Buffer;
  /** Start of the current segment within the result. */
  #start = 0;
  /** End of the characters kept in the current segment. */
  #end = 0;
  /** Whether the current segment is replaced, regardless of what follows. */
  #isReplaced = false;
  #mayTolerate = true;

  constructor(path: Buffer) {
    this.#path = path;
  }

  run(): string {
    let limit = this.#path.length;
    let segments = 0;
    for (let at = 0; at < this.#path.length; at++) {
      const byte = this.#path[at] as number;
      if (END_OF_PATH.has(byte)) {
        if (this.#isReplaced) this.#replace();
        else this.#start = Math.max(this.#start, this.#end);
        limit = this.#start;
        break;
      }
      if (byte !== SLASH) {
        this.#add(byte);
        continue;
      }
      this.#endSegment();
      if (++segments >= MAX_SEGMENTS) break;
      this.#path[this.#start++] = SLASH;
      this.#end = this.#start;
      this.#isReplaced = false;
      this.#mayTolerate = true;
    }
    if (this.#start < limit) this.#endSegment();
    return this.#path.toString('utf8', 0, this.#start);
  }

  #add(byte: number): void {
    if (this.#isReplaced) return;
    this.#path[this.#end++] = byte;
    if (isNameByte[byte]) return;
    if (this.#mayTolerate && this.#end - this.#start === 2) this.#mayTolerate = false;
    else this.#isReplaced = true;
  }

  #endSegment(): void {
    if (this.#isReplaced) this.#replace();
    else if (this.#end > this.#start) {
      if (isName(this.#path.toString('latin1', this.#start, this.#end))) this.#start = this.#end;
      else this.#replace();
    }
  }

  #replace(): void {
    this.#path[this.#start++] = STAR;
  }
}

function isName(text: string): boolean {
  if (likelyNames.has(text)) return true;
  if (isUnlikelyText(text)) return false;
  if (likelyNames.size >= MAX_REMEMBERED) likelyNames.clear();
  likelyNames.add(text);
  return true;
}
