"""AWS's documented sample of a TOKEN authorizer, as a real function under the Lambda runtime."""


def handler(event, context):
    token = event["authorizationToken"]
    if token == "allow":
        return policy("user", "Allow", event["methodArn"])
    if token == "deny":
        return policy("user", "Deny", event["methodArn"])
    if token == "unauthorized":
        raise Exception("Unauthorized")
    raise Exception("Error: Invalid token")


def policy(principal, effect, resource):
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"stringKey": "stringval", "numberKey": 123, "booleanKey": True},
    }
