"""A stand-in for a provider of OpenID Connect: it speaks the protocol, and lies where it is told to."""

from __future__ import annotations

import hmac
import json
import threading
import time
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, SECRET = "back-office", "shared-secret"
LEFT_OUT = object()  # of a claim: it is not in the token at all


class Provider:
    """`.url` is its issuer. `.claims` are what it says of the person, `.lies` what it puts over them."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.signs_with: RSAKey | bytes = self.key  # bytes: by hand, whatever its header says
        self.claims: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.in_userinfo: dict[str, Any] = {}
        self.header: dict[str, str] = {"alg": "RS256", "kid": "one"}  # of the token
        self.named = ""  # as whom its metadata name it; itself where that is empty
        self.algorithms = ["RS256"]  # which its metadata say it signs with
        self.broken = False
        self.asked: dict[str, str] = {}  # of the latest visit to the authorize page
        self.exchanged: dict[str, str] = {}  # of the latest code
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.named or self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/end",
            "id_token_signing_alg_values_supported": self.algorithms,
        }

    def id_token(self) -> str:
        now = int(time.time())
        said = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": self.asked["nonce"]}
        claims = {
            name: value for name, value in (said | self.claims | self.lies).items() if value is not LEFT_OUT
        }
        if isinstance(self.signs_with, bytes):
            return _by_hand(self.header, claims, self.signs_with)
        return jwt.encode(self.header, claims, self.signs_with)

    def answer(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            return self.metadata()
        if path == "/jwks":
            return {"keys": [self.key.as_dict(private=False)]}
        if path == "/token":
            self.exchanged = form
            return {"access_token": "a", "token_type": "Bearer", "id_token": self.id_token()}
        return self.in_userinfo


def _by_hand(header: dict[str, str], claims: dict[str, Any], key: bytes) -> str:
    """What libraries refuse to make: a token without a signature, or with one that anybody can make."""
    said = b".".join(_in_base64(json.dumps(part).encode()) for part in (header, claims))
    signature = hmac.digest(key, said, "sha256") if header["alg"] == "HS256" else b""
    return f"{said.decode()}.{_in_base64(signature).decode()}"


def _in_base64(part: bytes) -> bytes:
    return urlsafe_b64encode(part).rstrip(b"=")


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if provider.broken:
                self.send_error(500)
            elif parts.path == "/authorize":
                provider.asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                back = urlencode({"code": "c0de", "state": provider.asked["state"]})
                self.send_response(302)
                self.send_header("Location", f"{provider.asked['redirect_uri']}?{back}")
                self.end_headers()
            else:
                self.say(provider.answer(parts.path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.say(provider.answer(self.path, {k: v[0] for k, v in parse_qs(body).items()}))

        def say(self, answer: dict[str, Any]) -> None:
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words: Any) -> None:
            pass

    return Handler
