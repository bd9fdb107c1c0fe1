"""A receiver of verdicts, as somebody would write one after reading the manual.

    with Receiver() as receiver:            # takes everything
        run(..., "--on-fail", receiver.url)
        [(headers, body)] = receiver.posts
        receiver.believes(headers, body)    # whether it was signed with Receiver.KEY
    Receiver(500, 200)                      # statuses, one after the other, the last one again and again; or functions that give an answer
"""

import hashlib
import hmac
import os
import subprocess

from stand_in import StandIn

SECRET_OF_PATH = "secret-of-the-path"
PATH = "/services/T0001/B0002/" + SECRET_OF_PATH

IN_SHELL = """[ "$signature" = "sha256=$(openssl dgst -sha256 -hmac "$key" -r | cut -d ' ' -f 1)" ]"""


class Receiver(StandIn):
    KEY = "key of the receiver"

    def __init__(self, *answers):
        super().__init__()
        self._answers = list(answers) or [200]
        self.posts = []
        self.url += PATH

    def respond(self, method, path, query, headers, body, peer):
        assert (method, path) == ("POST", PATH)
        self.posts.append((headers, body))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer() if callable(answer) else (answer, "text/plain", b"said the receiver")

    def believes(self, headers, body):
        signature = headers["x-hub-signature-256"]
        in_python = hmac.compare_digest(signature, "sha256=" + hmac.new(self.KEY.encode(), body, hashlib.sha256).hexdigest())
        variables = {"PATH": os.environ["PATH"], "signature": signature, "key": self.KEY}
        in_shell = subprocess.run(["sh", "-c", IN_SHELL], input=body, env=variables).returncode == 0
        assert in_python == in_shell
        return in_python
