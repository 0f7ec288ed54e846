"""A user pool at moto's: made, with a client and a user, who signs in. Prints the pool's id and the user's tokens as JSON."""

import json
import sys

import boto3


def main(endpoint):
    client = boto3.client(
        "cognito-idp", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    pool = client.create_user_pool(PoolName="pets")["UserPool"]["Id"]
    app = client.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    password = "Correct-horse-1"
    client.admin_create_user(UserPoolId=pool, Username="alice", MessageAction="SUPPRESS")
    client.admin_set_user_password(UserPoolId=pool, Username="alice", Password=password, Permanent=True)
    signed_in = client.initiate_auth(
        ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "alice", "PASSWORD": password}
    )["AuthenticationResult"]
    print(json.dumps({"pool": pool, "id": signed_in["IdToken"], "access": signed_in["AccessToken"]}))


main(sys.argv[1])
