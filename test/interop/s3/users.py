"""Creates a bucket, a user that may use S3, and prints the key and the secret. These calls are not authenticated."""
import json
import sys

import boto3

options = dict(endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
iam = boto3.client("iam", **options)
iam.create_user(UserName="u")
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps(policy))
key = iam.create_access_key(UserName="u")["AccessKey"]
options.update(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
boto3.client("s3", **options).create_bucket(Bucket="telemetry")
print(json.dumps([key["AccessKeyId"], key["SecretAccessKey"]]))
