"""A backend that speaks TLS with whoever shows a certificate of the authority, and says who that is.

    backend.py PORT FOLDER        the folder has server.pem, server.key and authority.pem
"""

import http.server
import ssl
import sys


class Backend(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        subject = self.connection.getpeercert()["subject"]
        body = ",".join(f"{name}={value}" for part in subject for name, value in part).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    port, folder = int(sys.argv[1]), sys.argv[2]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=f"{folder}/authority.pem")
    context.load_cert_chain(f"{folder}/server.pem", f"{folder}/server.key")
    context.verify_mode = ssl.CERT_REQUIRED
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Backend)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


main()
