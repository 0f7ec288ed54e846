"""A resolver of AWS Lambda Powertools' as a Lambda function."""

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, NotFoundError

app = APIGatewayRestResolver(cors=CORSConfig(allow_origin="https://shop.example.com"))
orders = {"1": "Tea"}


@app.get("/orders/<order_id>")
def read(order_id: str):
    if order_id not in orders:
        raise NotFoundError("no such order")
    event = app.current_event
    return {
        "id": order_id,
        "what": orders[order_id],
        "stage": event.request_context.stage,
        "tags": event.resolved_query_string_parameters.get("tag", []),
    }


@app.post("/orders")
def create():
    what = app.current_event.json_body.get("what")
    if not what:
        raise BadRequestError("what is ordered?")
    headers = {"Location": "/orders/2", "Set-Cookie": ["seen=1", "kind=order"]}
    return Response(status_code=201, content_type="application/json", body=f'{{"what": "{what}"}}', headers=headers)


@app.get("/receipt")
def receipt():
    return Response(status_code=200, content_type="image/png", body=b"\x89PNG\x00\xff")


def handler(event, context):
    return app.resolve(event, context)
