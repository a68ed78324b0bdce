const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*';
/** A reference of an image: repository, tag and digest, with the grammar of container registries. */
const REFERENCE = new RegExp(
  `^(?:${DOMAIN}/)?${PATH_PART}(?:/${PATH_PART})*` +
    '(?::(?<tag>[\\w][\\w.-]{0,127}))?' +
    '(?:@(?<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$',
);

/** Returns the version that the name of an image has: tag, digest or `tag@digest`; `undefined` without any. */
export function imageVersion(image: string): string | undefined {
  if (image.length > 1024) return undefined;
  const { tag, digest } = REFERENCE.exec(image)?.groups ?? {};
  if (tag !== undefined && digest !== undefined) return `${tag}@${digest}`;
  return digest ?? tag;
}
