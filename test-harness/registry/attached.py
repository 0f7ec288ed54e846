"""Holds what is attached to a published filter against it: the list of its crates, and its signature.

    attached.py REGISTRY/PATH DIGEST MODULE FOLDER

Finds the SBOM by the referrers' tag and by cosign's, and writes the signed document and its signature into FOLDER.
"""

import base64
import hashlib
import json
import sys

from fetch import Image, get

CYCLONEDX = "application/vnd.cyclonedx+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def check(holds, what):
    if not holds:
        raise SystemExit(f"attached: {what}")


def sbom(repository, digest, module):
    host, path = repository.split("/", 1)
    tag = digest.replace(":", "-")
    index = json.loads(get(f"http://{host}/v2/{path}/manifests/{tag}", INDEX)[0])
    found = [entry for entry in index["manifests"] if entry.get("artifactType") == CYCLONEDX]
    check(len(found) == 1, "there is not exactly one SBOM among the referrers")
    image = Image(repository, found[0]["digest"])
    check(Image(repository, f"{tag}.sbom").digest == image.digest, "cosign finds another SBOM")
    check(image.manifest["subject"]["digest"] == digest, "the SBOM is that of another manifest")
    check(image.manifest["artifactType"] == CYCLONEDX, "the SBOM has another type")
    document = json.loads(image.blob(image.manifest["layers"][0]))
    check((document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5"), "this is no CycloneDX 1.5")
    hashes = document["metadata"]["component"]["hashes"]
    with open(module, "rb") as file:
        check(hashes[0]["content"] == hashlib.sha256(file.read()).hexdigest(), "the SBOM is of another module")
    references = [component["bom-ref"] for component in document["components"]]
    check(len(set(references)) == len(references) > 10, "components are missing or stand twice")
    check(any(it.startswith("pkg:cargo/proxy-wasm@") for it in references), "proxy-wasm is missing")
    check(not any(it.startswith("pkg:cargo/tokio@") for it in references), "tokio is in no filter")
    own = document["metadata"]["component"]["bom-ref"]
    known = {own, *references}
    named = {name for entry in document["dependencies"] for name in (entry["ref"], *entry["dependsOn"])}
    check(named == known, "who imports whom names what is no component, or leaves one out")
    crates = [it for it in document["components"] if not it["name"].startswith("gatehouse-")]
    check(all("hashes" in it and "licenses" in it for it in crates), "a crate has no hash or no licence")
    return len(references)


def signature(repository, digest, folder):
    image = Image(repository, digest.replace(":", "-") + ".sig")
    layer = image.manifest["layers"][0]
    payload = image.blob(layer)
    critical = json.loads(payload)["critical"]
    check(critical["image"]["docker-manifest-digest"] == digest, "the signature is that of another manifest")
    check(critical["identity"]["docker-reference"] == repository, "the signature is that of another repository")
    check(critical["type"] == "cosign container image signature", "the signature is no cosign signature")
    with open(f"{folder}/payload", "wb") as file:
        file.write(payload)
    with open(f"{folder}/signature", "wb") as file:
        file.write(base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"]))


if __name__ == "__main__":
    signature(sys.argv[1], sys.argv[2], sys.argv[4])
    print(sbom(*sys.argv[1:4]))
