/** The version of this package. It is a constant because pages cannot read it from a file. */
export const SDK_VERSION = '0.1.0';
