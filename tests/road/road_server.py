# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A real Odoo, loaded once; every scenario runs in a process of its own that is forked from it.

    python road_server.py SOCKET DATABASE -c odoo.conf ...

Each connection to the socket gets a fresh child with connections of its own to the database. The
child reads one request, a line of JSON, and answers in lines of JSON: its process id, the points
at which it waits for "go", and the result. A child that is killed says nothing more: the
connection ends. ``{"wait": pid}`` asks for the exit status of a child, ``{"warm": request}`` runs
a request in the parent, so that the children start with warm caches.
"""

import gc
import json
import os
import random
import signal
import socket
import sys
import traceback


class Line:
    """Lines of JSON over a socket."""

    def __init__(self, connection):
        self._stream = connection.makefile("rwb")

    def send(self, **message):
        self._stream.write(json.dumps(message, default=str).encode() + b"\n")
        self._stream.flush()

    def receive(self):
        line = self._stream.readline()
        return json.loads(line) if line else None


def answer(line, request, registry):
    """Run one request and send its result, or the traceback of what went wrong in it."""
    import road_jobs

    try:
        line.send(result=road_jobs.run(request, line, registry))
    except Exception:
        line.send(failure=traceback.format_exc())


def serve(listener, registry):
    """Answer until SIGTERM."""
    import odoo.sql_db

    while True:
        connection, _address = listener.accept()
        line = Line(connection)
        request = line.receive()
        if request is None:
            connection.close()
            continue
        if "wait" in request:
            _pid, status = os.waitpid(request["wait"], 0)
            line.send(status=os.waitstatus_to_exitcode(status))
        elif "warm" in request:
            answer(line, request["warm"], registry)
            # a connection that a fork shares is nobody's
            odoo.sql_db.close_all()
            gc.collect()
            gc.freeze()
        else:
            pid = os.fork()
            if not pid:
                listener.close()
                random.seed()
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                # connections under the child's own name: see road_world.Odoo.exit_code
                registry._db = odoo.sql_db.db_connect(registry.db_name)
                line.send(pid=os.getpid())
                answer(line, request, registry)
                sys.stdout.flush()
                os._exit(0)
        del line
        connection.close()


def main(path, database, *arguments):
    """Load Odoo and the registry of ``database``, then serve."""
    import odoo.modules.registry
    import odoo.sql_db

    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    odoo.tools.config.parse_config([*arguments, "-d", database], setup_logging=True)
    registry = odoo.modules.registry.Registry(database)
    with registry.cursor() as cr:
        registry.check_signaling(cr)
    odoo.sql_db.close_all()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(50)
    print("ready", flush=True)
    serve(listener, registry)


if __name__ == "__main__":
    main(*sys.argv[1:])
