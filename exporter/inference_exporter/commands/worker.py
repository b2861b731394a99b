"""The worker's process, which ``serve`` starts: the engine, without sockets that others reach."""

import sys

from ..app import Application
from ..serving.worker import end, run_worker

if __name__ == "__main__":
    end(run_worker(lambda *arguments: Application(*arguments).wsgi, map(int, sys.argv[1:])))
