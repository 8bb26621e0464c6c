"""A class on a real JupyterHub, on this machine: students log in, start a server, and run a lesson in a work folder.

python tests/hub_class.py FOLDER --students 2 --lessons 02
python tests/hub_class.py FOLDER --students 30 --at-once 8 --lessons 02 04 08

JupyterHub, configurable-http-proxy (npm), JupyterLab and websocket-client have to be installed; they are no
dependencies of the project. `--proxy` says where configurable-http-proxy is. The hub listens on the loopback alone,
anybody may log in, and servers run as whoever started this. Memory is read from /proc, so this needs Linux.

Lessons are dealt out in turn. In every other round students have the course's solutions in the place of the stubs; the
others run the lesson as it is handed out. `--minutes` ends the class early; who was not through by then is said.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import requests
import websocket

from dc_lab.course import lay, notebooks, solved, work
from dc_lab.course.exercises import find_lesson
from dc_lab.support.tables import text_table

PATIENCE = 300
CELL_SECONDS = 900

CONFIG = """
c = get_config()  # noqa: F821
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.concurrent_spawn_limit = {at_once}
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
# As the image of the Dockerfile begins: what is missing of the work folder is laid, then the server starts.
c.Spawner.cmd = ["/bin/sh", "-c", {entry!r}, "start"]
c.Spawner.args = ["--allow-root"]
c.Spawner.start_timeout = c.Spawner.http_timeout = {patience}
c.Spawner.environment = {environment!r}
"""
ENTRY = '{python} -m dc_lab start && exec {python} -m jupyterhub.singleuser "$@"'


@dataclass
class Ran:
    """What one student saw: seconds, cells that failed, exercises that are right, megabytes."""

    name: str
    lesson: str
    is_solved: bool
    seconds: dict[str, float] = field(default_factory=dict)
    failed: int = 0
    right: str = ""
    processor: float = 0.0
    kernel: float = 0.0
    kernel_own: float = 0.0
    server: float = 0.0
    problem: str = ""
    is_stopped: bool = False


def free_ports(count):
    """Ports of the loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def proc(process_id, name, page="status"):
    """Megabytes of a line in /proc/PID; 0 where the process is gone."""
    try:
        text = Path(f"/proc/{process_id}/{page}").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def processor_seconds(process_id):
    """Of a process and of its children that have ended; 0 where it is gone."""
    try:
        numbers = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, numbers[11:15])) / os.sysconf("SC_CLK_TCK")


def descendants(process_id):
    """Ids of all processes that come from one, itself included."""
    parents = {}
    for page in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(page.parent.name)] = int(page.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    found = {process_id}
    while more := {each for each, parent in parents.items() if parent in found} - found:
        found |= more
    return found


class Watch(threading.Thread):
    """The most memory that the hub, its proxy, all servers and kernels have at one time; shared pages count once."""

    def __init__(self, process_id):
        super().__init__(daemon=True)
        self.process_id, self.most, self.idle, self.over = process_id, 0.0, 0.0, threading.Event()

    def now(self):
        return sum(proc(each, "Pss", "smaps_rollup") for each in descendants(self.process_id))

    def run(self):
        while not self.over.wait(3):
            self.most = max(self.most, self.now())


class Student:
    """One student: a session with cookies for the log-in, then a token for the rest."""

    def __init__(self, url, name, lesson, is_solved, folder):
        self.url, self.folder = url, folder
        self.ran = Ran(name, lesson, is_solved)
        self.session = requests.Session()

    def timed(self, what, function):
        began = time.perf_counter()
        found = function()
        self.ran.seconds[what] = time.perf_counter() - began
        return found

    def ask(self, method, path, good=(200, 201, 202, 204), **more):
        answer = self.session.request(method, f"{self.url}{path}", timeout=PATIENCE, **more)
        if answer.status_code not in good:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer

    def log_in(self):
        """Through the page, as a browser does it; then a token for the API."""
        self.ask("GET", "/hub/login")
        cookie = self.session.cookies.get("_xsrf", path="/hub/")
        form = {"username": self.ran.name, "password": "-", "_xsrf": cookie}
        self.ask("POST", "/hub/login", data=form, good=(302,), allow_redirects=False)
        headers = {"X-XSRFToken": self.session.cookies.get("_xsrf", path="/hub/"), "Referer": f"{self.url}/hub/home"}
        answer = self.ask("POST", f"/hub/api/users/{self.ran.name}/tokens", json={}, headers=headers)
        self.token = answer.json()["token"]
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"token {self.token}"

    def start_server(self):
        self.ask("POST", f"/hub/api/users/{self.ran.name}/server", json={})
        until = time.monotonic() + PATIENCE
        while not self.ask("GET", f"/hub/api/users/{self.ran.name}").json().get("server"):
            if time.monotonic() > until:
                raise RuntimeError("the server did not start")
            time.sleep(0.5)

    def open_kernel(self):
        base = f"/user/{self.ran.name}/api/kernels"
        self.kernel = self.ask("POST", base, json={"name": "python3", "path": "work"}).json()["id"]
        address = f"{self.url.replace('http', 'ws', 1)}{base}/{self.kernel}/channels"
        self.socket = websocket.create_connection(
            address, header=[f"Authorization: token {self.token}"], timeout=CELL_SECONDS
        )
        reply = self.execute("", {"ids": "(__import__('os').getpid(), __import__('os').getppid())"})
        self.process_id, self.server_id = json.loads(
            reply["user_expressions"]["ids"]["data"]["text/plain"].replace("(", "[").replace(")", "]")
        )

    def execute(self, source, expressions=None):
        """Send a cell and wait for its reply."""
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": "execute_request", "username": "", "session": number, "version": "5.3"}
        content = {"code": source, "silent": False, "store_history": False, "allow_stdin": False}
        content |= {"user_expressions": expressions or {}, "stop_on_error": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self.socket.send(json.dumps(message))
        while True:
            reply = json.loads(self.socket.recv())
            if reply["msg_type"] == "execute_reply" and reply["parent_header"].get("msg_id") == number:
                return reply["content"]

    def run_lesson(self):
        [name] = [name for name in lay.lesson_names() if name.startswith(self.ran.lesson)]
        page = self.ask("GET", f"/user/{self.ran.name}/api/contents/work/{name}").json()
        for cell in page["content"]["cells"]:
            if cell["cell_type"] == "code":
                self.ran.failed += self.execute("".join(cell["source"]))["status"] != "ok"
                self.ran.kernel_own = max(self.ran.kernel_own, proc(self.process_id, "RssAnon"))

    def go(self, over):
        """The whole way; what goes wrong is kept. `over` is set when time is up."""
        if over.is_set():
            self.ran.problem, self.ran.is_stopped = "not begun: time was up", True
            return self.ran
        try:
            self.timed("log in", self.log_in)
            self.timed("server", self.start_server)
            self.timed("kernel", self.open_kernel)
            self.timed("lesson", self.run_lesson)
            self.ran.processor = processor_seconds(self.process_id)
            self.ran.kernel = proc(self.process_id, "VmHWM")
            self.ran.server = proc(self.server_id, "Pss", "smaps_rollup")
            states = work.Folder(self.folder / "work").progress().states()
            ids = [exercise.id for exercise in find_lesson(self.ran.lesson).exercises]
            count = sum(states.get(each) == "solved" for each in ids)
            self.ran.right = f"{count} of {len(ids)}"
            if count != (len(ids) if self.ran.is_solved else 0):
                self.ran.problem = "not the exercises that should be solved"
            self.socket.close()
            self.ask("DELETE", f"/user/{self.ran.name}/api/kernels/{self.kernel}")
            self.ask("DELETE", f"/hub/api/users/{self.ran.name}/server")
        except Exception as error:  # one student's trouble is a row of the table
            self.ran.problem = f"{type(error).__name__}: {error}"[:200]
            if over.is_set():
                self.ran.problem, self.ran.is_stopped = "not through: time was up", True
        ran = self.ran
        print(f"{ran.name}: {ran.problem or 'done'}, {ran.seconds.get('lesson', 0):.0f} s", file=sys.stderr, flush=True)
        return ran


def lay_out(home, lesson, is_solved):
    """A work folder, with the course's solutions in the lesson where they are wanted: nothing has been checked yet."""
    folder = lay.lay(home / "work").folder
    if is_solved:
        [path] = [folder.path / name for name in lay.lesson_names() if name.startswith(lesson)]
        notebook = notebooks.read_notebook(path)
        solved.fill_in(notebook["cells"], lesson)
        notebooks.write_notebook(path, notebook)


def start_hub(place, options):
    """The hub's process and its address, once it answers."""
    port, hub_port, api_port = free_ports(3)
    kept = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    environment = {**kept, "OMP_NUM_THREADS": str(options.threads)}
    config = CONFIG.format(
        port=port, hub_port=hub_port, api_port=api_port, at_once=options.at_once, proxy=options.proxy,
        homes=str(place / "home"), entry=ENTRY.format(python=sys.executable), patience=PATIENCE,
        environment=environment,
    )  # fmt: skip
    (place / "jupyterhub_config.py").write_text(config, encoding="utf-8")
    with (place / "hub.log").open("w", encoding="utf-8") as log:
        words = [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"]
        hub = subprocess.Popen(words, cwd=place, stdout=log, stderr=log)
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE
    while True:
        try:
            if requests.get(f"{url}/hub/health", timeout=5).ok:
                return hub, url
        except requests.ConnectionError:
            pass
        if hub.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"the hub did not start; {place / 'hub.log'} says why")
        time.sleep(1)


def main():
    """Run a class, print a row for each student and what it comes to; 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder")
    parser.add_argument("--students", type=int, default=2, metavar="N", help="default: %(default)s")
    parser.add_argument("--at-once", type=int, default=8, metavar="N", help="default: %(default)s")
    parser.add_argument("--lessons", nargs="+", default=["02"], metavar="NN", help="dealt out in turn (default: 02)")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of each kernel (default: %(default)s)")
    parser.add_argument("--minutes", type=float, metavar="N", help="end then (default: when all are through)")
    parser.add_argument("--proxy", default="configurable-http-proxy", metavar="PROGRAM", help="default: %(default)s")
    options = parser.parse_args()
    place = options.folder.resolve()
    place.mkdir(parents=True)
    class_ = []
    for number in range(options.students):
        turn, place_in_turn = divmod(number, len(options.lessons))
        name, lesson, is_solved = f"student{number + 1:02d}", options.lessons[place_in_turn], turn % 2 == 0
        lay_out(place / "home" / name, lesson, is_solved)
        class_.append((name, lesson, is_solved))
    hub, url = start_hub(place, options)
    watch, over = Watch(hub.pid), threading.Event()
    timer = threading.Timer(60 * (options.minutes or 0), stop, (hub, over))
    timer.daemon = True
    try:
        watch.idle = watch.now()
        watch.start()
        began = time.perf_counter()
        if options.minutes is not None:
            timer.start()
        students = [Student(url, *each, place / "home" / each[0]) for each in class_]
        with ThreadPoolExecutor(options.at_once) as executor:
            rows = list(executor.map(lambda student: student.go(over), students))
        minutes = (time.perf_counter() - began) / 60
    finally:
        timer.cancel()
        watch.over.set()
        if hub.poll() is None:
            hub.send_signal(signal.SIGINT)  # stops the proxy and the servers, too
        hub.wait(PATIENCE)
    report(rows, watch, minutes, options)
    return 1 if any(ran.problem or ran.failed for ran in rows) else 0


def stop(hub, over):
    """Time is up: no more students, and who waits for a kernel waits no longer."""
    over.set()
    hub.send_signal(signal.SIGINT)


def by_lesson(rows):
    """A row for each lesson: who is through, seconds and megabytes."""
    heads = ["lesson", "students", "through", "cells failed", "server s", "lesson s", "most s", "CPU s"]
    heads += ["kernel MB", "its own MB"]
    cells = []
    for lesson in sorted({ran.lesson for ran in rows}):
        all_ = [ran for ran in rows if ran.lesson == lesson]
        good = [ran for ran in all_ if not ran.problem]
        cells.append([lesson, str(len(all_)), str(len(good)), str(sum(ran.failed for ran in all_))])
        if good:
            seconds = [ran.seconds["lesson"] for ran in good]
            server = statistics.median(ran.seconds["server"] for ran in good)
            figures = [server, statistics.median(seconds), max(seconds), max(ran.processor for ran in good)]
            figures += [max(ran.kernel for ran in good), max(ran.kernel_own for ran in good)]
            cells[-1] += [f"{figure:.0f}" for figure in figures]
        else:
            cells[-1] += ["-"] * 6
    return text_table(heads, cells)


def report(rows, watch, minutes, options):
    """The table, what it comes to, and a machine for 30 at once, reckoned."""
    heads = [
        "student",
        "lesson",
        "answers",
        "log in s",
        "server s",
        "kernel s",
        "lesson s",
        "its CPU s",
        "cells failed",
        "solved",
    ]
    heads += ["kernel MB", "its own MB", "server MB", ""]
    cells = []
    for ran in rows:
        taken = [f"{ran.seconds.get(what, float('nan')):.1f}" for what in ("log in", "server", "kernel", "lesson")]
        sizes = [f"{size:.0f}" for size in (ran.kernel, ran.kernel_own, ran.server)]
        answers = "course's" if ran.is_solved else "stubs"
        taken.append(f"{ran.processor:.1f}")
        cells.append([ran.name, ran.lesson, answers, *taken, str(ran.failed), ran.right, *sizes, ran.problem])
    print(text_table(heads, cells))
    print(f"\n{by_lesson(rows)}")
    good, stopped = [ran for ran in rows if not ran.problem], sum(ran.is_stopped for ran in rows)
    print(f"\n{len(rows)} students, {options.at_once} at a time, {minutes:.1f} minutes on {os.cpu_count()} cores;")
    print(f"{len(rows) - len(good) - stopped} with a problem, {sum(ran.failed for ran in rows)} cells failed;")
    print(f"{stopped} not through when time was up.")
    print(f"Hub and proxy alone: {watch.idle:.0f} MB. At most in all, shared pages once: {watch.most:.0f} MB.")
    if good:
        each = max(ran.kernel_own for ran in good) + statistics.median(ran.server for ran in good)
        largest = max(ran.kernel - ran.kernel_own for ran in good)
        total = watch.idle + 30 * each + largest
        print(f"Reckoned, not measured, for 30 at once in the largest of these lessons: {total / 1000:.1f} GB.")


if __name__ == "__main__":
    sys.exit(main())
