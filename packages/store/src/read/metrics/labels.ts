/** Returns the field that a metric query label refers to. A bare key is a point attribute. */
export function labelField(key: string): string {
  return key === 'service' || /^(attributes|resource)\./.test(key) ? key : `attributes.${key}`;
}
