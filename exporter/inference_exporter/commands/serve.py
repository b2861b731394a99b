"""``inference-exporter serve``."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from ..config.file import load
from ..config.inputs import FileConfig
from ..config.rules import FieldFault
from ..config.schema import Config
from ..errors import ConfigError
from ..proxy.tls import address_of
from ..serving.server import serve

# Not imported: the process that owns the sockets stays small without the engine.
# -P keeps the current folder out of the path: a file called `re.py` in it would replace the library's.
WORKER = (sys.executable, "-P", "-m", "inference_exporter.commands.worker")
PROXY = (sys.executable, "-P", "-m", "inference_exporter.commands.proxy")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("--config.file", dest="config_file", type=Path, metavar="FILE", help="default: all defaults")
    parser.add_argument(
        "--web.listen-address", dest="listen_address", metavar="HOST:PORT", help="overrides the configured address"
    )
    parser.add_argument("--stdin", action="store_true", help="also read samples from standard input, NDJSON or CSV")


def run(options: argparse.Namespace) -> int:
    """Run the sidecar until it receives a signal to stop."""
    config = load(options.config_file) if options.config_file else Config()
    # The flag wins over the file, as in the Prometheus projects.
    if options.listen_address:
        config = listening_on(config, options.listen_address)
    if options.stdin and not config.inputs.reads_stdin:
        config = replace(config, inputs=replace(config.inputs, files=(*config.inputs.files, FileConfig())))
    address_of(config.proxy)  # a file of certificates that cannot be used ends the start, not the proxy's process
    return serve(config, options.config_file, WORKER, PROXY, options.log_level, options.log_format)


def listening_on(config: Config, address: str) -> Config:
    """Return a configuration with another address.

    Raises
    ------
    ConfigError
        If the address is invalid.
    """
    try:
        return replace(config, web=replace(config.web, listen_address=address))
    except FieldFault as fault:
        raise ConfigError(f"--web.listen-address: {fault}") from fault
