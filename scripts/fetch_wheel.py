"""Downloads one wheel for this machine from PyPI's simple index, where there is no pip.

    python3 fetch_wheel.py PROJECT VERSION FOLDER
"""

import hashlib
import html.parser
import os
import platform
import sys
import urllib.parse
import urllib.request

INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")


class Links(html.parser.HTMLParser):
    """The addresses that a project's page of the index links to."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.addresses.append(dict(attributes).get("href") or "")


def main(project, version, folder):
    page = f"{INDEX}/{project}/"
    links = Links()
    links.feed(fetch(page).decode())
    address = urllib.parse.urljoin(page, pick(links.addresses, project, version))
    place, fragment = urllib.parse.urldefrag(address)
    wheel = fetch(place)
    check(wheel, fragment)
    with open(os.path.join(folder, os.path.basename(urllib.parse.urlsplit(place).path)), "wb") as file:
        file.write(wheel)


def fetch(address):
    with urllib.request.urlopen(address, timeout=120) as answer:
        return answer.read()


def pick(addresses, project, version):
    """The address of the wheel whose name ends in this machine's platform."""
    start = f"{project.replace('-', '_')}-{version}-"
    system = {"Linux": "linux", "Darwin": "macosx"}.get(platform.system(), platform.system())
    for address in addresses:
        name = os.path.basename(urllib.parse.urlsplit(address).path)
        if name.startswith(start) and name.endswith(f"_{platform.machine()}.whl") and system in name:
            return address
    sys.exit(f"no wheel of {project} {version} for {platform.system()} {platform.machine()}")


def check(wheel, fragment):
    """The link carries the digest that the index vouches for."""
    algorithm, _, digest = fragment.partition("=")
    if algorithm != "sha256" or hashlib.sha256(wheel).hexdigest() != digest:
        sys.exit("the wheel is not the one that the index names (sha256 differs or is missing)")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError as error:
        sys.exit(f"cannot download: {error}")
