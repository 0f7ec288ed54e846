"""Reads a published filter as its readers do, by the rules of each, and says what is wrong.

    fetch.py REGISTRY/PATH TAG_OR_DIGEST FORM MODULE

FORM is `raw` or `compat`, for Istio and Envoy Gateway (the same code), or `wasm` for wkg. Prints the manifest's digest.

The rules are those of Istio's pkg/wasm/imagefetcher.go (which Envoy Gateway has a copy of) and of the CNCF's wasm artifacts.
"""

import gzip
import hashlib
import io
import json
import sys
import tarfile
import urllib.request

MANIFESTS = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
WASM_LAYER = "application/vnd.module.wasm.content.layer.v1+wasm"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
LIMIT = 256 << 20


class Refused(Exception):
    pass


def get(url, accept="*/*"):
    with OPENER.open(urllib.request.Request(url, headers={"accept": accept}), timeout=20) as answer:
        return answer.read(LIMIT + 1), answer.headers


class Image:
    def __init__(self, repository, reference):
        host, self.path = repository.split("/", 1)
        self.base = f"http://{host}/v2/{self.path}"
        body, headers = get(f"{self.base}/manifests/{reference}", MANIFESTS)
        self.digest = "sha256:" + hashlib.sha256(body).hexdigest()
        if headers["docker-content-digest"] != self.digest:
            raise Refused("the registry names another digest")
        self.manifest = json.loads(body)
        self.is_docker = "docker" in self.manifest["mediaType"]

    def blob(self, descriptor):
        body, _ = get(f"{self.base}/blobs/{descriptor['digest']}")
        if "sha256:" + hashlib.sha256(body).hexdigest() != descriptor["digest"] or len(body) != descriptor["size"]:
            raise Refused("a blob is not what the manifest says")
        return body


def istio(image):
    """imagefetcher.go: Docker's variant, then the compat variant, then the oci variant."""
    layers = image.manifest["layers"]
    if not layers:
        raise Refused("number of layers must be greater than zero")
    if image.is_docker:
        return from_tar(image, layers[-1], DOCKER_LAYER)
    try:
        return from_tar(image, layers[-1], OCI_LAYER)
    except Refused as not_compat:
        try:
            return from_layers(image, layers)
        except Refused as not_oci:
            raise Refused(f"could not parse as compat variant ({not_compat}) or as oci variant ({not_oci})") from None


def from_tar(image, layer, media_type):
    if layer["mediaType"] != media_type:
        raise Refused(f"invalid media type {layer['mediaType']} (expect {media_type})")
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(image.blob(layer)))) as archive:
        for member in archive:
            # filepath.Base(h.Name)
            if member.name.rsplit("/", 1)[-1] == "plugin.wasm":
                return archive.extractfile(member).read()
    raise Refused("plugin.wasm not found in the archive")


def from_layers(image, layers):
    if len(layers) != 2:
        raise Refused(f"number of layers must be 2 but got {len(layers)}")
    for layer in layers:
        if layer["mediaType"] == WASM_LAYER:
            return image.blob(layer)
    raise Refused(f"could not find the layer of type {WASM_LAYER}")


def wkg(image):
    """https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/"""
    config, layers = image.manifest["config"], image.manifest["layers"]
    if config["mediaType"] != "application/vnd.wasm.config.v0+json":
        raise Refused(f"invalid config media type {config['mediaType']}")
    if len(layers) != 1 or layers[0]["mediaType"] != "application/wasm":
        raise Refused("exactly one layer of type application/wasm is expected")
    said = json.loads(image.blob(config))
    if said["architecture"] != "wasm" or said["os"] not in ("wasip1", "wasip2"):
        raise Refused(f"invalid platform {said['os']}/{said['architecture']}")
    if said["layerDigests"] != [layers[0]["digest"]] or "created" not in said:
        raise Refused("the config does not name its layer")
    return image.blob(layers[0])


def main():
    repository, reference, form, module = sys.argv[1:]
    image = Image(repository, reference)
    readers = {"raw": (istio, wkg), "compat": (istio, wkg), "wasm": (wkg, istio)}
    reads, refuses = readers[form]
    with open(module, "rb") as file:
        expected = file.read()
    if reads(image) != expected:
        raise SystemExit(f"{repository}:{reference}: {reads.__name__} gets other bytes than were built")
    try:
        refuses(image)
    except Refused:
        print(image.digest)
    else:
        raise SystemExit(f"{repository}:{reference}: {refuses.__name__} reads it, which its rules do not allow")


if __name__ == "__main__":
    try:
        main()
    except Refused as why:
        raise SystemExit(f"{sys.argv[1]}:{sys.argv[2]}: refused: {why}") from None
