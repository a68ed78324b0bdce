/**
 * Returns a function that reads the parameters of a preloaded module, which `preloadArguments` makes. Forked programs
 * would inherit the arguments that load it, so this removes them.
 *
 * @param {string} url The module's URL.
 * @returns {(name: string) => string} Returns an empty text for a missing parameter.
 */
export function readParameters(url) {
  process.execArgv = process.execArgv.filter((arg, index, args) => ![arg, args[index + 1]].includes(url));
  const { searchParams } = new URL(url);
  return (name) => searchParams.get(name) ?? '';
}
