import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awsEncode, sha256Hex, signRequest } from './sign-request.ts';

const CREDENTIALS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: undefined,
};

test('signs the requests in the documentation of S3', () => {
  const date = new Date('2013-05-24T00:00:00Z');
  const common = { region: 'us-east-1', service: 's3', date };
  const put = signRequest(
    {
      ...common,
      method: 'PUT',
      url: new URL('https://examplebucket.s3.amazonaws.com/test%24file.text'),
      headers: {
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-content-sha256': sha256Hex('Welcome to Amazon S3.'),
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      },
      bodyHash: sha256Hex('Welcome to Amazon S3.'),
    },
    CREDENTIALS,
  );
  assert.match(
    put['authorization'] ?? '',
    /Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd$/,
  );
  const list = signRequest(
    {
      ...common,
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J'),
      headers: { 'x-amz-content-sha256': sha256Hex('') },
      bodyHash: sha256Hex(''),
    },
    CREDENTIALS,
  );
  assert.match(
    list['authorization'] ?? '',
    /Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7$/,
  );
});

test('encodes every character that AWS reserves', () => {
  assert.equal(awsEncode("a b/c=(d)!*'~ä"), 'a%20b%2Fc%3D%28d%29%21%2A%27~%C3%A4');
});
