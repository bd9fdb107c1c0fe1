"""A TCP proxy that makes a server farther away: half of the round trip in each direction, and a whole one for a new connection.

    with DelayProxy("127.0.0.1", registry.port, round_trip=0.05) as proxy:
        ... proxy.host ...

It delays and does not narrow: any number of bytes may be on their way. It listens on loopback only. `count` has the bytes that came
through, of both directions.
"""

import socket
import threading
import time
from queue import SimpleQueue


class DelayProxy:
    def __init__(self, host, port, round_trip):
        self._upstream = (host, port)
        self._round_trip = round_trip
        self._counting = threading.Lock()
        self.count = 0

    @property
    def host(self):
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits there; closing alone would not
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._upstream)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pump(client, server, time.monotonic() + self._round_trip)
            self._pump(server, client, 0)

    def _pump(self, source, target, not_before):
        waiting = SimpleQueue()

        def read():
            while True:
                try:
                    data = source.recv(262144)
                except OSError:
                    data = b""
                with self._counting:
                    self.count += len(data)
                waiting.put((max(time.monotonic() + self._round_trip / 2, not_before + self._round_trip / 2 if not_before else 0), data))
                if not data:
                    return

        def write():
            while True:
                due, data = waiting.get()
                time.sleep(max(0, due - time.monotonic()))
                try:
                    if not data:
                        target.shutdown(socket.SHUT_WR)
                        return
                    target.sendall(data)
                except OSError:
                    source.close()
                    return

        threading.Thread(target=read, daemon=True).start()
        threading.Thread(target=write, daemon=True).start()
