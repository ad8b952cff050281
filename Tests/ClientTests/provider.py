"""An OpenID provider over TLS, and the way through it to an ID token.

provider.py serve CERTIFICATE KEY CLAIMS    CLAIMS: a JSON list of users' claims; prints its address
provider.py login ADDRESS AUTHORITY SUBJECT    prints an ID token for the client kubernetes
"""
import json
import sys


def serve(certificate, key, claims):
    import werkzeug.serving
    from oidc_provider_mock import User, app

    users = [User(sub=each.pop("sub"), claims=each) for each in json.loads(claims)]
    server = werkzeug.serving.make_server(
        "127.0.0.1", 0, app(user_claims=users), threaded=True, ssl_context=(certificate, key))
    print(f"https://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def login(address, authority, subject):
    import ssl
    import urllib.parse
    import httpx

    redirect = "http://localhost:8000/callback"
    with httpx.Client(verify=ssl.create_default_context(cafile=authority)) as client:
        endpoints = client.get(f"{address}/.well-known/openid-configuration").json()
        answer = client.post(
            endpoints["authorization_endpoint"],
            params={"client_id": "kubernetes", "redirect_uri": redirect, "response_type": "code",
                    "scope": "openid profile email", "state": "s"},
            data={"sub": subject})
        query = urllib.parse.urlparse(answer.headers["location"]).query
        answer = client.post(
            endpoints["token_endpoint"], auth=("kubernetes", "secret"),
            data={"grant_type": "authorization_code", "redirect_uri": redirect,
                  "code": urllib.parse.parse_qs(query)["code"][0]})
        print(answer.json()["id_token"])


{"serve": serve, "login": login}[sys.argv[1]](*sys.argv[2:])
