"""Prints the objects of the bucket, one a line: key, contents in base64, storage class, ETag."""
import base64
import json
import sys

import boto3

url, key, secret = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret)
for page in s3.get_paginator("list_objects_v2").paginate(Bucket="telemetry"):
    for item in page.get("Contents", []):
        body = s3.get_object(Bucket="telemetry", Key=item["Key"])["Body"].read()
        print(json.dumps([item["Key"], base64.b64encode(body).decode(), item["StorageClass"], item["ETag"]]))
for upload in s3.list_multipart_uploads(Bucket="telemetry").get("Uploads", []):
    raise SystemExit(f"an incomplete upload remains: {upload}")
