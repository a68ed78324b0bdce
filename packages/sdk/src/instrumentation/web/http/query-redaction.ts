/**
 * Returns a query string without its question mark, in which the values of parameters that carry credentials are
 * replaced (semantic conventions, "URL", `url.query`).
 */
export function redactedQuery(query: string): string {
  return CREDENTIALS.test(query) ? query.replace(CREDENTIAL_VALUES, '$1REDACTED') : query;
}

const NAMES = 'AWSAccessKeyId|Signature|sig|X-Goog-Signature|X-Amz-Signature|X-Amz-Security-Token|X-Amz-Credential';
const CREDENTIALS = new RegExp(`(?:${NAMES})=`);
const CREDENTIAL_VALUES = new RegExp(`((?:^|&)(?:${NAMES})=)[^&]*`, 'g');
