/** Returns the field of a label in metric queries: a bare key is an attribute of the points. */
export function labelField(key: string): string {
  return key === 'service' || /^(attributes|resource)\./.test(key) ? key : `attributes.${key}`;
}
