"""Makes a queue, a table, a state machine at moto's, and a user who may use them. Prints the user's keys for a shell."""

import json
import sys

import boto3

MACHINE = {"StartAt": "Greet", "States": {"Greet": {"Type": "Pass", "End": True}}}
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "dynamodb:*", "states:*"], "Resource": "*"}]}


def main(endpoint):
    def client(service):
        return boto3.client(
            service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )

    client("sqs").create_queue(QueueName="orders")
    client("dynamodb").create_table(
        TableName="pets",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    iam = client("iam")
    role = iam.create_role(RoleName="runs", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    client("stepfunctions").create_state_machine(name="greets", definition=json.dumps(MACHINE), roleArn=role)
    iam.create_user(UserName="gateway")
    iam.put_user_policy(UserName="gateway", PolicyName="may", PolicyDocument=json.dumps(MAY))
    key = iam.create_access_key(UserName="gateway")["AccessKey"]
    print(f"AWS_ACCESS_KEY_ID={key['AccessKeyId']} AWS_SECRET_ACCESS_KEY={key['SecretAccessKey']}")


main(sys.argv[1])
