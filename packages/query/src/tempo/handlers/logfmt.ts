import { LogfmtDecoder } from '../../logql/pipeline/logfmt-decoder.ts';
import { TempoProblem } from '../problem.ts';

/** Parses pairs of keys and values: `service.name=cart http.url="/a b"`. */
export function parseLogfmt(text: string): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  const decoder = new LogfmtDecoder(text);
  while (decoder.next()) pairs.push([decoder.key, decoder.value]);
  const { failure } = decoder;
  if (failure !== undefined) {
    throw new TempoProblem(400, `invalid tags: ${failure.reason} at pos ${failure.position}`);
  }
  return pairs;
}
