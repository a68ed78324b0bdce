/** Thrown for a configuration file that cannot be used; the message names the file, the line and the path, what was expected, and what came. */
export class ConfigurationFileError extends Error {
  override readonly name = 'ConfigurationFileError';
}
