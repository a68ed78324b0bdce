"""The HTTP interface of ClickHouse in front of chdb, the engine of ClickHouse as a library. Arguments: port, directory.

Statements run at the same time, each on a connection of its own, as in a server.
"""
import queue
import re
import select
import socket
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import chdb

CONNECTIONS = queue.LifoQueue()
for _ in range(8):
    CONNECTIONS.put(chdb.connect(sys.argv[2]))
# These act on a server that merges the inserts of several clients, or on the HTTP interface.
SERVER_ONLY = {
    "async_insert",
    "wait_for_async_insert",
    "cancel_http_readonly_queries_on_client_close",
    "wait_end_of_query",
    "readonly",
}


def run(connection, sql, settings, body, coding):
    """Runs a statement. The engine reads and decompresses the rows of an insert itself, from a file."""
    options = ", ".join(f"{name} = '{value}'" for name, value in settings.items() if name not in SERVER_ONLY)
    if not body:
        output = re.search(r"\sFORMAT (\w+)$", sql)
        text = sql[: output.start()] if output else sql
        if options and re.match(r"(SELECT|WITH|EXPLAIN)\b", text):
            text += f"\nSETTINGS {options}"
        return connection.query(text, output[1] if output else "TabSeparated").bytes() or b""
    target, rows = re.fullmatch(r"(?s)(INSERT INTO .*\)) FORMAT (\w+)", sql).groups()
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        compression = f" COMPRESSION '{coding}'" if coding else " COMPRESSION 'none'"
        connection.query(f"{target} FROM INFILE '{file.name}'{compression} SETTINGS {options} FORMAT {rows}", "Null")
    return b""


def has_left(client):
    """Reports whether the client has closed the connection, as it does when it no longer wants the response."""
    readable, _, _ = select.select([client], [], [], 0)
    return bool(readable) and client.recv(1, socket.MSG_PEEK) == b""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        settings = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        sql = settings.pop("query", None)
        if sql is None:
            sql, body = body.decode(), b""
        status, headers = 200, {}
        connection = CONNECTIONS.get()
        try:
            if has_left(self.connection):
                return
            result = run(connection, sql, settings, body, self.headers.get("Content-Encoding"))
        except Exception as error:
            code = re.search(r"Code: (\d+)", str(error))
            status, result = 500, str(error).encode()
            headers = {"X-ClickHouse-Exception-Code": code[1]} if code else {}
        finally:
            CONNECTIONS.put(connection)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(result)))
        self.end_headers()
        self.wfile.write(result)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
