/** The parts of an image reference such as `registry/name:tag@sha256:…`. */
export interface ImageReference {
  /** The name with the registry, as the attribute `container.image.name` has it. */
  readonly name: string;
  /** The tag, by default `latest`. */
  readonly tag: string;
  /** The tag as it is written, the digest, or both as `tag@digest`; `undefined` without them. */
  readonly version: string | undefined;
}

const REFERENCE =
  /^(?<name>(?:[A-Za-z0-9.-]+(?::\d+)?\/)?[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>[A-Za-z][\w+.-]*:[0-9a-fA-F]{32,}))?$/;

/** Parses an image reference; `undefined` if it is none. */
export function parseImage(text: string): ImageReference | undefined {
  const groups = REFERENCE.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { name = '', tag, digest } = groups;
  const version = [tag, digest].filter((part) => part !== undefined).join('@');
  return { name, tag: tag ?? 'latest', version: version === '' ? undefined : version };
}

const DIGEST_REFERENCE = /^(?:[a-z-]+:\/\/)?(?<name>[^@\s]+)@(?<digest>sha256:[0-9a-f]{64})$/;

/** Returns the reference by digest in the image ID of a container status; `undefined` if there is none. */
export function repoDigest(imageId: string): string | undefined {
  const groups = DIGEST_REFERENCE.exec(imageId)?.groups;
  if (groups === undefined) return undefined;
  const image = parseImage(groups['name'] ?? '');
  return image === undefined ? undefined : `${canonicalName(image.name)}@${groups['digest']}`;
}

/** Adds the registry that Docker leaves out. */
function canonicalName(name: string): string {
  const [first = '', ...rest] = name.split('/');
  if (rest.length === 0) return `docker.io/library/${name}`;
  return /[.:]/.test(first) || first === 'localhost' ? name : `docker.io/${name}`;
}
