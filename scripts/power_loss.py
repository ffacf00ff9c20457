"""Power loss under concurrent load, on a real ext4: what was acknowledged is in the reports exactly once.

Usage, as root on Linux: power_loss.py BINARY [ROUNDS]. The seed is printed; POWER_LOSS_SEED=n repeats its moments.

A round sends events from several clients, then, at a random moment, shuts the file system down (FS_IOC_SHUTDOWN without
flushing the log): from then on nothing reaches the image any more, neither what is dirty in the page cache nor ext4's own
unwritten journal, as when the power fails. The server is killed, the image mounted again (ext4 replays its journal), and
the server started on what is left. An event counts as acknowledged when its 200 has been read to the end. It must be in
the report exactly once; what was not acknowledged may be there once or not at all. Nothing is sent twice, so every loss
shows. Everything acknowledged in earlier rounds is checked again in every round.

What this does not show: a drive that loses or tears what it has said to be written. The simulated disk of the journal's
tests does that, and there the control lives, too: with `Sync::Off` the same model must lose acknowledged records
(journal/src/tests/model.rs). The product has no switch that turns syncing off, by design; with an `fdatasync` that does
nothing for the journal's files, preloaded by hand, this test fails in its first round. What every round proves is that
the cut is one: a file written right before it and never synced must not come back whole.

Exits with 0 if nothing was lost, 1 if something was, 3 where the caller may not mount.
"""

import fcntl
import http.client
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2
IMAGE_BYTES = 512 << 20
UNSYNCED = b"never synced\n" * 1000
CLIENTS = 6
SITE = 1
ROWS_MAX = 100_000  # of one report
START_SECONDS_MAX = 60
SETTLE_SECONDS_MAX = 120
SECONDS_PER_ROUND_MAX = 300


class Unable(Exception):
    """This machine or this caller cannot run the test."""


class Failed(Exception):
    """The server broke its promise."""


def run(*command):
    """Runs a command that must work and returns what it printed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except FileNotFoundError:
        raise Unable(f"there is no {command[0]} here") from None
    if done.returncode != 0:
        raise Unable(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


class Disk:
    """An ext4 in a file, mounted through a loop device of its own."""

    def __init__(self, folder):
        self.image = os.path.join(folder, "disk.img")
        self.mountpoint = os.path.join(folder, "mnt")
        self.unsynced = os.path.join(self.mountpoint, "unsynced")
        self.device = None
        self.mounted = False
        os.mkdir(self.mountpoint)
        with open(self.image, "wb") as image:
            image.truncate(IMAGE_BYTES)
        run("mkfs.ext4", "-q", "-F", self.image)

    def mount(self):
        self.device = run("losetup", "--find", "--show", self.image)
        run("mount", "-t", "ext4", self.device, self.mountpoint)
        self.mounted = True

    def cut_power(self):
        """Lets nothing reach the image any more, and leaves a file that must not outlive that."""
        folder = os.open(self.mountpoint, os.O_RDONLY)
        try:
            with open(self.unsynced, "wb", buffering=0) as file:
                file.write(UNSYNCED)
            fcntl.ioctl(folder, FS_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(folder)

    def power_on(self):
        """Mounts what has reached the image; ext4 replays its journal."""
        self.unmount()
        self.mount()
        if os.path.exists(self.unsynced):
            with open(self.unsynced, "rb") as file:
                if file.read() == UNSYNCED:
                    raise Failed("what was never synced outlived the cut: it was none, and the round proves nothing")
            os.remove(self.unsynced)

    def unmount(self):
        if self.mounted:
            run("umount", self.mountpoint)
            self.mounted = False
        if self.device:
            run("losetup", "--detach", self.device)
            self.device = None

    def release(self):
        """Unmounts and detaches whatever the run has left, however it ended."""
        for held, command in ((self.mounted, ["umount", self.mountpoint]), (self.device, ["losetup", "--detach", self.device])):
            if held:
                done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
                if done.returncode != 0:
                    print(f"left behind: {' '.join(command)}: {done.stderr.strip()}", file=sys.stderr)
        return not os.path.ismount(self.mountpoint)


class Server:
    """The real binary on a data directory; its log lies outside of the disk that loses power."""

    def __init__(self, binary, data_dir, log):
        self.binary, self.data_dir, self.log = binary, data_dir, log
        self.process = None
        self.address = None

    def environment(self):
        # Whatever the caller has set for a server of their own must not reach this one.
        return {name: value for name, value in os.environ.items() if not name.startswith("TALLYHO_")}

    def start(self):
        command = [self.binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", self.data_dir]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=self.environment())
        watchdog = threading.Timer(START_SECONDS_MAX, self.process.kill)
        watchdog.start()
        try:
            line = self.process.stdout.readline().decode()
        finally:
            watchdog.cancel()
        if not line.startswith("listening on http://"):
            raise Failed(f"the server did not start: it said {line!r} and logged:\n{self.logged()}")
        self.address = line.removeprefix("listening on http://").strip()

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def logged(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-30:])

    def cli(self, *arguments):
        command = [self.binary, *arguments, "--data-dir", self.data_dir]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env=self.environment()
        )
        if done.returncode != 0:
            raise Failed(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def get(self, path, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"http://{self.address}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"GET {path}: {error}\n{self.logged()}") from None

    def settle(self):
        """Waits until the reports have caught up with the journal and returns the position."""
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while time.monotonic() < deadline:
            # Held back by the server until it has caught up, for 20 s at most.
            status = self.get("/api/v1/status?wait=1")
            if status["accepted_position"] == status["applied_position"]:
                return status["accepted_position"]
        raise Failed(f"the reports do not catch up: {status}\n{self.logged()}")

    def counts(self, token):
        """Returns how often each event is counted."""
        day = 86_400
        now = time.time()
        first, last = (time.strftime("%Y-%m-%d", time.gmtime(t)) for t in (now - day, now + day))
        counts = {}
        while True:
            table = self.get(
                f"/api/v1/sites/{SITE}/report?metrics=events&dimensions=event&from={first}&to={last}"
                f"&order=event&limit={ROWS_MAX}&offset={len(counts)}",
                token,
            )
            names = [column["name"] for column in table["columns"]]
            event, events = names.index("event"), names.index("events")
            for row in table["rows"]:
                if row[event] in counts:
                    raise Failed(f"the report names {row[event]} twice")
                counts[row[event]] = row[events]
            if len(table["rows"]) < ROWS_MAX:
                return counts


class Load:
    """Clients that send until they are cut off, and the ledger of what they know."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged = set()
        self.sent = set()
        self.refused = []

    def client(self, address, number, round_number, seed, power_is_off):
        dice = random.Random(seed)
        host, port = address.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
        batch = 0
        try:
            while True:
                names = [f"r{round_number}-c{number}-b{batch}-e{i}" for i in range(dice.randint(1, 5))]
                batch += 1
                events = [
                    {"id": n, "name": n, "visitor_id": f"v{number}", "page": {"url": "https://shop.example/"}}
                    for n in names
                ]
                body = json.dumps({"site": SITE, "events": events})
                with self.lock:
                    self.sent.update(names)
                connection.request("POST", "/v1/collect", body, {"Content-Type": "text/plain"})
                answer = connection.getresponse()
                text = answer.read()
                with self.lock:
                    if answer.status == 200:
                        self.acknowledged.update(names)
                    elif power_is_off.is_set():
                        return
                    else:
                        self.refused.append(f"{answer.status}: {text[:200]!r}")
                        return
        except (OSError, http.client.HTTPException):
            if not power_is_off.is_set():
                with self.lock:
                    self.refused.append(f"client {number} was cut off before the power was")
        finally:
            connection.close()


def one_round(number, dice, disk, server, load):
    """Sends, cuts the power, and starts the server on what is left."""
    power_is_off = threading.Event()
    before = len(load.acknowledged)
    clients = [
        threading.Thread(
            target=load.client, args=(server.address, c, number, dice.getrandbits(32), power_is_off), daemon=True
        )
        for c in range(CLIENTS)
    ]
    moment = dice.uniform(0.05, 3.0)
    for client in clients:
        client.start()
    time.sleep(moment)
    # Before the cut, so that no client takes an error of the dead disk for one of the server.
    power_is_off.set()
    disk.cut_power()
    # What the server acknowledges from here on would be a lie; the clients get some time to be lied to.
    time.sleep(dice.uniform(0.0, 0.3))
    server.kill()
    for client in clients:
        client.join(timeout=30)
        if client.is_alive():
            raise Failed("a client hangs though its server is gone")
    if load.refused:
        raise Failed(f"refused under load: {load.refused[0]}\n{server.logged()}")
    disk.power_on()
    server.start()
    return moment, len(load.acknowledged) - before


def check(server, load, token):
    """Raises [`Failed`] unless every acknowledged event is counted once, and no other more than that."""
    counts = server.counts(token)
    lost = sorted(load.acknowledged - counts.keys())
    doubled = {name: count for name, count in counts.items() if count != 1}
    unknown = sorted(counts.keys() - load.sent)
    if lost:
        raise Failed(f"lost {len(lost)} of {len(load.acknowledged)} acknowledged events, such as {lost[:3]}")
    if doubled:
        raise Failed(f"counted other than once: {dict(list(doubled.items())[:3])}")
    if unknown:
        raise Failed(f"counted, but never sent: {unknown[:3]}")
    return len(counts)


def rounds_on(disk, server, rounds, dice):
    server.start()
    server.cli("site", "add", "--id", str(SITE), "--domain", "shop.example", "--currency", "EUR", "--timezone", "UTC")
    token = json.loads(server.cli("token", "add", "--scope", "read", "--site", str(SITE)))["token"]
    load = Load()
    deadline = time.monotonic() + rounds * SECONDS_PER_ROUND_MAX
    for number in range(1, rounds + 1):
        moment, acknowledged = one_round(number, dice, disk, server, load)
        position = server.settle()
        counted = check(server, load, token)
        print(
            f"round {number}: power cut after {moment:.2f} s, {acknowledged} acknowledged; "
            f"at position {position} {counted} counted of {len(load.sent)} sent",
            flush=True,
        )
        if time.monotonic() > deadline:
            raise Failed(f"too slow: round {number} of {rounds} at the end of the time")
    if len(load.acknowledged) < rounds * CLIENTS:
        raise Failed(f"the load was too small to mean anything: {len(load.acknowledged)} acknowledged")
    print(f"{rounds} rounds, {len(load.acknowledged)} acknowledged events, lost 0, doubled 0")


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(f"usage: {sys.argv[0]} BINARY [ROUNDS]")
    binary = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) == 3 else 20
    seed = int(os.environ.get("POWER_LOSS_SEED") or random.SystemRandom().getrandbits(32))
    # A supervisor that ends us shall not leave a mount behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = tempfile.mkdtemp(prefix="tallyho-power-loss-")
    disk = server = None
    status = 1
    try:
        if sys.platform != "linux" or os.geteuid() != 0:
            raise Unable("it must be root on Linux")
        disk = Disk(folder)
        disk.mount()
        server = Server(binary, os.path.join(disk.mountpoint, "data"), os.path.join(folder, "log"))
        print(f"power loss: {rounds} rounds on {binary}, POWER_LOSS_SEED={seed}", flush=True)
        rounds_on(disk, server, rounds, random.Random(seed))
        status = 0
    except Unable as reason:
        if server:
            print(f"power loss: FAILED in the middle of it (POWER_LOSS_SEED={seed}): {reason}", file=sys.stderr)
        else:
            print(f"power loss was not tested, for an ext4 could not be mounted here: {reason}", file=sys.stderr)
            status = 3
    except Failed as reason:
        print(f"power loss: FAILED (POWER_LOSS_SEED={seed}): {reason}", file=sys.stderr)
    finally:
        if server:
            server.kill()
        if not disk or disk.release():
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
