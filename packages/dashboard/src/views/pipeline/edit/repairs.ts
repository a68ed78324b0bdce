/** Returns texts that would repair an error, from its message: the nearest name, or a quantity as it is written. */
export function repairsOf(message: string): readonly string[] {
  const near = /did you mean "([^"]+)"/.exec(message)?.[1];
  if (near !== undefined) return [near];
  const got = /got "(\d+(?:\.\d+)?)\s*([A-Za-zµ]+)"/.exec(message);
  const bare = /got "?(\d+)"?$/.exec(message);
  if (message.includes('expected a size such as')) {
    const letter = got?.[2]?.[0]?.toUpperCase() ?? '';
    return got !== null && 'KMGT'.includes(letter) ? [`${got[1]}${letter}iB`, `${got[1]}${letter}B`] : [];
  }
  if (message.includes('expected a duration such as')) {
    if (bare !== null) return [`${bare[1]}ms`, `${bare[1]}s`];
    const unit = UNITS.find(([pattern]) => pattern.test(got?.[2] ?? ''))?.[1];
    return got !== null && unit !== undefined ? [`${got[1]}${unit}`] : [];
  }
  return [];
}

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/^(?:ms|msecs?|millis(?:econds)?)$/i, 'ms'],
  [/^s(?:ecs?|econds?)?$/i, 's'],
  [/^m(?:ins?|inutes?)?$/i, 'm'],
  [/^h(?:rs?|ours?)?$/i, 'h'],
];
