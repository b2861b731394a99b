"""The chat room as a separate service: prints Alertmanager's Slack messages if there is no Slack.

    python -m inference_exporter.demo.chat_service --web.listen-address=127.0.0.1:8080

Posts to `/slack` are printed as a person would see them. Other posts, such as
those to a paging service, are accepted and not shown: they repeat the same alerts.
"""

import argparse
import signal
import sys

from .chat import ChatRoom, chat_server


def main() -> None:
    """Print messages until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--web.listen-address", dest="listen_address", default="127.0.0.1:8080")
    host, _, port = parser.parse_args().listen_address.rpartition(":")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    room = ChatRoom(show=lambda text: print(text, flush=True))
    chat_server(room, (host, int(port))).serve_forever()


if __name__ == "__main__":
    main()
