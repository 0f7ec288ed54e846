"""Calls the API, and looks with the user's own keys at what has come of it: `check.py GATEWAY MOTO`."""

import html
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

INTERNAL = '{"message":"Internal Server Error"}'


def first_class(gateway, method, path, body=None, headers={}):
    """The HTTP API's answer, as it is: its status, its content type, its body."""
    data = None if body is None else body.encode()
    request = urllib.request.Request(f"{gateway}/http{path}", data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.headers["content-type"], response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["content-type"], error.read().decode()


def check_first_class(gateway, client):
    """Every integration subtype that moto knows the action of."""
    order = '{"order": "a & b=c + Möhre"}'
    status, kind, sent = first_class(gateway, "POST", "/messages", order)
    expect((status, "<SendMessageResponse" in sent, "xml" in kind), (200, True, True), f"SQS-SendMessage ({sent})")
    status, _, received = first_class(gateway, "GET", "/messages")
    found = [html.unescape(re.search(f"<{tag}>([^<]*)</{tag}>", received)[1]) for tag in ("Body", "StringValue", "ReceiptHandle")]
    expect((status, found[:2]), (200, [order, "services02 & Möhre"]), f"SQS-ReceiveMessage ({received})")
    receipt = urllib.parse.quote(found[2], safe="")
    expect(first_class(gateway, "DELETE", f"/messages?receipt={receipt}")[0], 200, "SQS-DeleteMessage")
    first_class(gateway, "POST", "/messages", "another")
    expect(first_class(gateway, "PUT", "/messages")[0], 200, "SQS-PurgeQueue")
    queue = client("sqs").get_queue_url(QueueName="first-class")["QueueUrl"]
    left = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    counts = [left["ApproximateNumberOfMessages"], left["ApproximateNumberOfMessagesNotVisible"]]
    expect(counts, ["0", "0"], "what is left in the queue")
    expect(first_class(gateway, "DELETE", "/messages?receipt=nothing")[::2], (500, INTERNAL), "SQS, refused")

    status, _, put = first_class(gateway, "POST", "/events", order)
    expect((status, json.loads(put)["FailedEntryCount"]), (200, 0), f"EventBridge-PutEvents ({put})")

    status, _, started = first_class(gateway, "POST", "/runs", order)
    run = json.loads(started)["executionArn"]
    expect(status, 200, "StepFunctions-StartExecution")
    expect(client("stepfunctions").describe_execution(executionArn=run)["input"], order, "what the execution was given")
    status, _, stopped = first_class(gateway, "DELETE", f"/runs?run={run}")
    expect((status, list(json.loads(stopped))), (200, ["stopDate"]), "StepFunctions-StopExecution")

    click = '{"user": "ann", "on": "Möhre"}'
    status, _, put = first_class(gateway, "POST", "/records", click, {"x-stream": "clicks"})
    expect((status, json.loads(put)["ShardId"]), (200, "shardId-000000000000"), f"Kinesis-PutRecord ({put})")
    stream = client("kinesis")
    shard = stream.get_shard_iterator(StreamName="clicks", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")
    last = stream.get_records(ShardIterator=shard["ShardIterator"])["Records"][-1]
    expect((last["PartitionKey"], last["Data"].decode()), ("ann", click), "what is in the stream")
    nowhere = first_class(gateway, "POST", "/records", click, {"x-stream": "nowhere"})
    expect(nowhere, (500, "application/json", INTERNAL), "Kinesis, a stream that is not there")
    nobody = first_class(gateway, "POST", "/records", "{}", {"x-stream": "clicks"})
    expect(nobody, (400, "application/json", '{"message":"Bad Request"}'), "Kinesis, without a partition key")


def call(gateway, method, path, body=None, signer=None):
    data = None if body is None else json.dumps(body).encode()
    signed = AWSRequest(method, f"{gateway}/prod{path}", {"content-type": "application/json"}, data)
    if signer:
        SigV4Auth(signer, "execute-api", "us-east-1").add_auth(signed)
    request = urllib.request.Request(signed.url, data=data, method=method, headers=dict(signed.headers.items()))
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def expect(seen, wanted, what):
    if seen != wanted:
        sys.exit(f"{what}: expected {wanted}, got {seen}")


def check_signatures(moto):
    from_now = urllib.request.Request(f"{moto}/moto-api/reset-auth", data=b"0", headers={"content-type": "text/plain"})
    urllib.request.urlopen(from_now).read()


def fails(request):
    try:
        urllib.request.urlopen(request).read()
    except urllib.error.HTTPError:
        return True
    return False


def main(gateway, moto):
    def client(service):
        return boto3.client(service, endpoint_url=moto, region_name="us-east-1")

    order = {"order": 1, "note": "a & b=c + d"}
    expect(call(gateway, "POST", "/send", order), (200, {"sent": True}), "SQS, by path")
    expect(call(gateway, "POST", "/action", {"message": "by action"}), (200, {"sent": True}), "SQS, by action")
    news = {"news": "a & b=c + Möhre"}
    expect(call(gateway, "POST", "/publish", news), (200, {"published": True}), "SNS, by path")
    expect(call(gateway, "PUT", "/publish", {"message": "by action"}), (200, {"published": True}), "SNS, by action")
    # What is no JSON moto takes apart before it would check a signature over it; from here on it checks all of them.
    check_signatures(moto)
    unsigned = urllib.request.Request(moto, data=b"{}", headers={"x-amz-target": "DynamoDB_20120810.ListTables"})
    expect(fails(unsigned), True, "moto without a signature")

    status, sent = call(gateway, "POST", "/json", {"by": "JSON"})
    expect((status, list(sent)), (200, ["id"]), f"SQS, by the JSON protocol ({sent})")
    def queued(name):
        queue = client("sqs")
        url = queue.get_queue_url(QueueName=name)["QueueUrl"]
        bodies = []
        while found := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in found]
        return bodies

    expect(sorted(queued("orders")), sorted([json.dumps(order), "by action", json.dumps({"by": "JSON"})]), "what is in the queue")
    published = sorted(json.loads(body)["Message"] for body in queued("news"))
    expect(published, sorted([json.dumps(news), "by action"]), "what the subscriber was told")

    bought = {"order": 7, "of": "Möhre \"raw\""}
    expect(call(gateway, "POST", "/events", bought), (200, {"failed": 0}), "EventBridge, PutEvents")
    events = [json.loads(body) for body in queued("events")]
    found = [(event["source"], event["detail-type"], event["detail"]) for event in events]
    expect(found, [("shop", "order", bought)], "what the rule's target was told")

    pets = [{"id": "1", "name": "Rex"}, {"id": "2", "name": "Möhre"}]
    for pet in pets:
        expect(call(gateway, "PUT", "/pets", pet), (200, {}), "DynamoDB, PutItem")
    status, found = call(gateway, "GET", "/pets")
    expect((status, sorted(found, key=lambda pet: pet["id"])), (200, pets), "DynamoDB, Scan")

    status, started = call(gateway, "POST", "/runs", {"who": "you"})
    expect(status, 202, "Step Functions, StartExecution")
    run = client("stepfunctions").describe_execution(executionArn=started["execution"])
    expect(json.loads(run["input"]), {"who": "you"}, "what the execution was given")

    click = {"user": "ann", "on": "Möhre"}
    status, put = call(gateway, "POST", "/records", click)
    expect((status, put["shard"]), (200, "shardId-000000000000"), "Kinesis, PutRecord")
    stream = client("kinesis")
    shard = stream.get_shard_iterator(StreamName="clicks", ShardId=put["shard"], ShardIteratorType="TRIM_HORIZON")
    records = stream.get_records(ShardIterator=shard["ShardIterator"])["Records"]
    found = [(record["PartitionKey"], json.loads(record["Data"])) for record in records]
    expect(found, [("ann", click)], "what is in the stream")

    note = {"note": "ü and /"}
    expect(call(gateway, "PUT", "/files/files/a/b%20c.json", note), (200, None), "S3, PutObject")
    kept = client("s3").get_object(Bucket="files", Key="a/b c.json")
    expect((json.load(kept["Body"]), kept["ContentType"]), (note, "application/json"), "what is in the bucket")
    expect(call(gateway, "GET", "/files/files/a/b%20c.json"), (200, note), "S3, GetObject")
    status, answer = call(gateway, "GET", "/files/files/nothing")
    expect((status, json.loads(answer)), (404, {"there": False}), "S3, an object that is not there")
    check_first_class(gateway, client)
    ann = Credentials(os.environ["ANNS_KEY"], os.environ["ANNS_SECRET"])
    expect(call(gateway, "GET", "/mine", signer=ann), (200, {"TableNames": ["pets"]}), "DynamoDB, as the caller")
    status, _ = call(gateway, "PUT", "/mine", {}, signer=ann)
    expect(status, 403, "DynamoDB, as a caller who may not")
    status, _ = call(gateway, "GET", "/mine")
    expect(status, 403, "nobody")
    print("SQS by path, by action and by JSON, SNS, EventBridge, DynamoDB, Step Functions, Kinesis and S3, and four of them behind an HTTP API: signed by Envoy or with the caller's key, and moto checks what it can")


main(*sys.argv[1:])
