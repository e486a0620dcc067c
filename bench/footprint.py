"""Starts the given server several times and prints what that costs (medians)."""
import http.client
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

binary = sys.argv[1]


def start(folder):
    """Starts a server; returns it, its port, and the milliseconds until its first answer."""
    before = time.perf_counter()
    server = subprocess.Popen(
        [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    port = int(server.stdout.readline().rsplit(":", 1)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/clients/bootstrap/nobody", headers={"Authorization": "Client none"})
    answer = connection.getresponse()
    milliseconds = (time.perf_counter() - before) * 1000
    assert answer.status == 403, answer.status
    return server, milliseconds


def stop(server):
    server.send_signal(signal.SIGTERM)
    assert server.wait(10) == 0


def memory(server):
    with open(f"/proc/{server.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


first, warm, rest = [], [], []
for _ in range(5):
    with tempfile.TemporaryDirectory() as folder:
        server, milliseconds = start(folder)
        first.append(milliseconds)
        stop(server)
        for _ in range(3):
            server, milliseconds = start(folder)
            warm.append(milliseconds)
            time.sleep(1)
            rest.append(memory(server))
            stop(server)

print(f"binary            {os.path.getsize(binary) / 1e6:.1f} MB")
print(f"first start       {statistics.median(first):.1f} ms to the first answer")
print(f"warm start        {statistics.median(warm):.1f} ms to the first answer")
print(f"memory at rest    {statistics.median(rest):.1f} MB resident")
