/** Returns the length of a command of Redis, which is an array of bulk strings. */
export function framing(bytes: Buffer): number | undefined {
  let position = 0;
  const line = () => {
    const end = bytes.indexOf('\r\n', position);
    const text = end < 0 ? undefined : bytes.toString('latin1', position + 1, end);
    position = end + 2;
    return text;
  };
  const count = line();
  for (let i = 0; i < Number(count); i++) {
    const length = line();
    if (length === undefined) return undefined;
    position += Number(length) + 2;
  }
  return count === undefined ? undefined : position;
}
