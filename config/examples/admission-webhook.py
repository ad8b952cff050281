#!/usr/bin/env python3
"""An admission webhook: python3 admission-webhook.py PORT CERTIFICATE KEY

/mutate gives every object the label reviewed=yes, /validate denies ConfigMaps that hold a password and warns of
empty ones, /slow takes five seconds to allow.
"""

import base64
import json
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def mutate(request):
    labels = request["object"]["metadata"].get("labels")
    patch = [] if labels else [{"op": "add", "path": "/metadata/labels", "value": {}}]
    patch.append({"op": "add", "path": "/metadata/labels/reviewed", "value": "yes"})
    text = base64.b64encode(json.dumps(patch).encode()).decode()
    return {"allowed": True, "patchType": "JSONPatch", "patch": text}


def validate(request):
    data = (request["object"] or {}).get("data") or {}
    if "password" in data:
        return {"allowed": False, "status": {"code": 403, "message": "passwords belong into Secrets"}}
    answer = {"allowed": True, "auditAnnotations": {"keys": str(len(data))}}
    if request["operation"] == "CREATE" and not data:
        answer["warnings"] = ["this ConfigMap is empty"]
    return answer


def slow(request):
    time.sleep(5)
    return {"allowed": True}


class Webhook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    paths = {"/mutate": mutate, "/validate": validate, "/slow": slow}

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        decide = self.paths.get(self.path.split("?")[0])
        if decide is None:
            self.send_error(404)
            return
        response = decide(review["request"])
        response["uid"] = review["request"]["uid"]
        body = json.dumps(
            {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    port, certificate, key = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Webhook)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(f"serving on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
