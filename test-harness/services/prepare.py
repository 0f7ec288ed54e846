"""Makes queues, a topic, a rule for events, a table, a state machine, a stream, a bucket at moto's, a user who may use them,
and one who may list tables. Prints the users' keys for a shell."""

import json
import sys

import boto3

MACHINE = {"StartAt": "Greet", "States": {"Greet": {"Type": "Pass", "End": True}}}
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "sns:*", "events:*", "dynamodb:*", "states:*", "kinesis:*", "s3:*"], "Resource": "*"}]}
LOOK = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:ListTables", "Resource": "*"}]}


def main(endpoint):
    def client(service):
        return boto3.client(
            service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )

    for queue in "orders", "news", "events", "first-class":
        client("sqs").create_queue(QueueName=queue)
    topic = client("sns").create_topic(Name="news")["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:news")
    client("events").put_rule(Name="orders", EventPattern='{"source": ["shop"]}')
    client("events").put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:events"}])
    client("dynamodb").create_table(
        TableName="pets",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    client("s3").create_bucket(Bucket="files")
    iam = client("iam")
    role = iam.create_role(RoleName="runs", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    client("stepfunctions").create_state_machine(name="greets", definition=json.dumps(MACHINE), roleArn=role)

    def user(name, policy):
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    print("AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}".format(*user("gateway", MAY)), end=" ")
    print("ANNS_KEY={} ANNS_SECRET={}".format(*user("ann", LOOK)))


main(sys.argv[1])
