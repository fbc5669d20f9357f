"""Records each request of a WSGI application as a point of the data model of raw-requests.

    from raw_requests import recorded
    application = recorded(application)

A request ends when the server calls close() of the response's iterable, after its last part or when the client has left. Points
are kept in memory, and a daemon thread writes them once a second to INFLUX_URL and INFLUX_DATABASE.
"""

import atexit
import collections
import http.client
import itertools
import os
import re
import socket
import sys
import threading
import time
from urllib.parse import quote, urlsplit

FLUSH_INTERVAL = float(os.environ.get("RAW_REQUESTS_FLUSH_INTERVAL_MS", 1000)) / 1000
WRITE_TIMEOUT = 5  # s
BATCH_POINTS = 5000
MAX_POINTS = 100_000  # a database that is down does not fill the memory
HOSTNAME = socket.gethostname()
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}


def recorded(application, route=lambda environ: None):
    """Wraps a WSGI application. `route(environ)` returns one of a small set of names: each is a tag in the database."""
    if "INFLUX_URL" not in os.environ:
        log("INFLUX_URL is not set, so nothing is recorded")
        return application

    def wrapper(environ, start_response):
        request = Request(environ, route)

        def start(status, headers, exc_info=None):
            request.status = status[:3]
            write = start_response(status, headers, exc_info)

            def counted(part):
                request.bytes_out += len(part)
                return write(part)

            return counted

        try:
            return Response(application(environ, start), request)
        except BaseException:
            request.fail()
            request.end()
            raise

    return wrapper


class Response:
    """The iterable that the server sends. The server calls close() in any case."""

    def __init__(self, parts, request):
        self.parts = parts
        self.request = request

    def __iter__(self):
        try:
            for part in self.parts:
                self.request.bytes_out += len(part)
                yield part
            self.request.outcome = "finished"
        except Exception:
            self.request.fail()
            raise

    def close(self):
        try:
            if hasattr(self.parts, "close"):
                self.parts.close()
        finally:
            self.request.end()


class Request:
    status = "0"
    outcome = "aborted"  # until its last part is sent
    bytes_out = 0
    has_ended = False

    def __init__(self, environ, route):
        self.environ = environ
        self.route = route
        self.start_time = time.time_ns()
        self.start = time.perf_counter_ns()
        self.thread, self.in_flight = recorder.begin()

    def fail(self):
        """The application raised an error. If nothing was sent before, the server answers 500."""
        if self.bytes_out == 0:
            self.status, self.outcome = "500", "finished"

    def end(self):
        if self.has_ended:
            return
        self.has_ended = True
        duration = time.perf_counter_ns() - self.start
        try:
            recorder.end(self, duration)
        except Exception as error:  # the application does not fail because of its recorder
            log(f"a request is not recorded: {error!r}")


class ThreadNumber:
    """The smallest number that no other thread has. It is free again when its thread, which owns it, ends."""

    def __init__(self, taken):
        self.taken = taken
        self.number = next(number for number in itertools.count() if number not in taken)
        taken.add(self.number)

    def __del__(self):
        self.taken.discard(self.number)


class Recorder:
    """The points of this process."""

    def __init__(self):
        self.reset()
        # A worker that is forked has locks, points and a thread of its own.
        os.register_at_fork(after_in_child=self.reset)
        atexit.register(self.flush)

    def reset(self):
        self.lock = threading.Lock()
        self.write_lock = threading.Lock()
        self.points = collections.deque()
        self.threads = set()
        self.own = threading.local()
        self.in_flight = 0
        self.sequence = collections.Counter()
        self.last_time = 0
        self.writer = None

    def begin(self):
        with self.lock:
            if self.writer is None:  # at the first request, so in the process that serves requests
                self.writer = threading.Thread(target=self.run, name="raw_requests", daemon=True)
                self.writer.start()
            if not hasattr(self.own, "thread"):
                self.own.thread = ThreadNumber(self.threads)
            self.in_flight += 1
            return self.own.thread.number, self.in_flight

    def end(self, request, duration):
        with self.lock:
            self.in_flight -= 1
            self.sequence[request.thread] += 1
            # Points with the same tags and time would be one point.
            self.last_time = max(request.start_time + duration, self.last_time + 1)
            point = (request, duration, self.sequence[request.thread], self.last_time)
            if len(self.points) < MAX_POINTS:
                self.points.append(point)

    def run(self):
        while True:
            time.sleep(FLUSH_INTERVAL)
            self.flush()

    def flush(self):
        """Writes the points. Those that cannot be written are kept: a point that is written twice is still one point."""
        with self.write_lock:
            while self.points:
                batch = [self.points.popleft() for _ in range(min(BATCH_POINTS, len(self.points)))]
                try:
                    write("\n".join(line(*point) for point in batch))
                except Exception as error:
                    log(f"{len(batch)} points could not be written: {error}")
                    self.points.extendleft(reversed(batch))
                    return


recorder = Recorder()


def line(request, duration, sequence, end_time):
    """A point in line protocol."""
    environ = request.environ
    pid = os.getpid()
    method = environ.get("REQUEST_METHOD", "")
    tags = {
        **EXTRA_TAGS,
        "hostname": HOSTNAME,
        "process": f"{HOSTNAME}:{pid}",
        "worker": pid if environ.get("wsgi.multiprocess") else 0,
        "thread": request.thread,
        "method": method if method in METHODS else "_OTHER",
        "route": request.route(environ) or "(unmatched)",
        "status": request.status,
        "outcome": request.outcome,
    }
    fields = {
        "application_time": repr(duration / 1e9),
        "start_time": f"{end_time - duration}i",
        "slot": "1i",  # a thread handles one request at a time
        "in_flight": f"{request.in_flight}i",
        "bytes_out": f"{request.bytes_out}i",
        "sequence": f"{sequence}i",
    }
    waited = queue_time(environ.get("HTTP_X_REQUEST_START"), request.start_time)
    if waited is not None:
        fields["queue_time"] = repr(waited)
    named = ",".join(f"{name}={escaped(value)}" for name, value in tags.items())
    values = ",".join(f"{name}={value}" for name, value in fields.items())
    return f"raw-requests,{named} {values} {end_time}"


def escaped(tag):
    text = re.sub(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]", "\ufffd", str(tag)).replace("\\", "/")[:512]
    return re.sub(r"([,= ])", r"\\\1", text)


def queue_time(header, start_time):
    """Seconds since the time that a proxy or a load generator has set, in s, ms, us or ns since 1970."""
    found = re.fullmatch(r"(?:t=)?(\d{9,20}(?:\.\d+)?)", header or "")
    if not found:
        return None
    value = float(found[1])
    unit = next(unit for most, unit in ((1e11, 1), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9)) if value < most)
    waited = start_time / 1e9 - value / unit
    return max(0.0, waited) if -0.005 <= waited <= 3600 else None


def write(body):
    url = urlsplit(os.environ["INFLUX_URL"])
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname, url.port, timeout=WRITE_TIMEOUT)
    try:
        path = f"{url.path.rstrip('/')}/write?db={quote(os.environ.get('INFLUX_DATABASE', 'requests'))}&precision=ns"
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if "INFLUX_TOKEN" in os.environ:
            headers["Authorization"] = f"Token {os.environ['INFLUX_TOKEN']}"
        connection.request("POST", path, body.encode(), headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        if answer.status >= 500 or answer.status == 429:
            raise OSError(f"{answer.status} {text}")
        if answer.status >= 300:  # it would be refused again
            log(f"points were refused: {answer.status} {text}")
    finally:
        connection.close()


def log(text):
    print(f"raw_requests: {text}", file=sys.stderr, flush=True)


EXTRA_TAGS = dict(pair.split("=", 1) for pair in os.environ.get("RAW_REQUESTS_TAGS", "").split(",") if "=" in pair)
