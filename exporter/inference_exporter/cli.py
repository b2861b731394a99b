"""The command line: picks a command, sets up logging, turns errors into exit codes."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence

from . import __version__, logs
from .errors import ExporterError

EXIT_FINE, EXIT_USAGE = 0, 2

# Only the module of the command to run is imported: `serve` must not wait for what `reference` needs,
# and the process that supervises the sidecar stays small. Each has add_flags(parser) and run(options) -> exit code.
COMMANDS = {
    "serve": ("commands.serve", "run the sidecar"),
    "proxy": ("commands.proxy", "run the reverse proxy alone, without the sidecar"),
    "reference": ("commands.reference", "learn a reference from recorded samples, or show one"),
    "replay": ("commands.replay", "run recorded samples through the engine and report drift, alerts and performance"),
    "check": ("commands.check", "validate a configuration and print the effective settings"),
    "outcomes": ("commands.outcomes", "send the ground truth in a file to a running exporter"),
    "store": ("commands.store", "verify, show, export, prune or migrate the state that survives a restart"),
    "demo": ("demo.run", "try the whole product on this machine, with real data"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns 0 on success, 1 if a check failed, 2 for bad usage or configuration."""
    # Our matrices are small: numpy's threads would spin longer than they compute. Read when numpy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    words = list(sys.argv[1:] if arguments is None else arguments)
    chosen = next((word for word in words if word in COMMANDS), None)
    if arguments is None and chosen == "serve":
        _prepare_signals()
    options = _parser(chosen).parse_args(words)
    logs.configure(options.log_level, options.log_format)
    try:
        code: int = options.run(options)
    except ExporterError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except BrokenPipeError:  # the reader of our output has closed it, as with `| head`
        return EXIT_FINE
    return code


def _prepare_signals() -> None:
    """Keep an early SIGHUP until the server can reload: it would end the process. Let Ctrl-C end it quietly."""
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGHUP,))
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class _Version(argparse.Action):
    """Prints the version. The decoder is imported only for this: other commands start without it."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *rest: object) -> None:
        """Print and end."""
        path = "compiled" if importlib.import_module(".decode._compiled", __package__).is_compiled() else "python"
        print(f"inference-exporter {__version__}\ndecoder: {path}")
        parser.exit()


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="inference-exporter",
        description="A Prometheus exporter for machine learning models: drift, data quality, performance, service "
        "levels of any model server.",
    )
    parser.add_argument("--version", action=_Version, help="show the version, and which decoder this installation has")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (module_name, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
        logs.add_flags(command)
        if name == chosen:
            module = importlib.import_module(f".{module_name}", __package__)
            module.add_flags(command)
            command.set_defaults(run=module.run)
    return parser
