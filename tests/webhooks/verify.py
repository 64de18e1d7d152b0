"""Verifies a webhook of the server with the library of Standard Webhooks: verify.py PROGRAM"""

import http.server
import os
import subprocess
import sys
import threading

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

program = os.path.abspath(sys.argv[1])
received = []


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        received.append((body, {name.lower(): value for name, value in self.headers.items()}))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def new_secret():
    return subprocess.run([program, "webhooks", "secret"], check=True, capture_output=True, text=True).stdout.strip()


def is_refused(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return True
    return False


server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
old, new = new_secret(), new_secret()
settings = {
    "WEBHOOK_URL": f"http://127.0.0.1:{server.server_port}/webhooks",
    "WEBHOOK_SECRET": f"{new}, {old}",
    "WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true",
}
subprocess.run([program, "webhooks", "test"], check=True, env=settings)
[(body, headers)] = received
for secret in (old, new):
    message = Webhook(secret).verify(body, headers)
    assert message["type"] == "webhook.test", message
assert is_refused(new, body.replace("webhook.test", "webhook.tess"), headers), "a changed body passed"
assert is_refused(new_secret(), body, headers), "another secret passed"
assert is_refused(new, body, headers | {"webhook-id": "msg_other"}), "another id passed"
print("verified by both secrets; a changed body, another id and another secret are refused")
