"""A FastAPI application as a Lambda function."""

from fastapi import FastAPI, Request, Response
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI()
pets = {1: "Rex"}


class Pet(BaseModel):
    name: str


@app.get("/pets/{pet_id}")
def read(pet_id: int, request: Request, response: Response):
    if pet_id not in pets:
        response.status_code = 404
        return {"message": "no such pet"}
    event = request.scope["aws.event"]
    return {"id": pet_id, "name": pets[pet_id], "stage": event["requestContext"]["stage"]}


@app.post("/pets", status_code=201)
def create(pet: Pet, response: Response):
    response.set_cookie("seen", "1")
    response.set_cookie("kind", "pet")
    return {"name": pet.name}


@app.get("/picture")
def picture():
    return Response(content=b"\x89PNG\x00\xff", media_type="image/png")


@app.get("/broken")
def broken():
    raise RuntimeError("broken")


handler = Mangum(app, lifespan="off")
