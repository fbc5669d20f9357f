"""A WSGI application: / works for 2 ms and waits 10 ms for a database; /report streams five lines, one every 10 ms."""

import time

from raw_requests import recorded


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/":
        work(0.002)
        time.sleep(0.010)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
        return [b"hello\n"]
    if path == "/report":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return report()
    start_response("404 Not Found", [("Content-Length", "0")])
    return []


def report():
    for line in range(1, 6):
        yield b"line %d\n" % line
        time.sleep(0.010)


def work(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def route_of(environ):
    path = environ["PATH_INFO"]
    return path if path in ("/", "/report") else None


application = recorded(application, route_of)
