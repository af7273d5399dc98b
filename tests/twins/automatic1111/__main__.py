"""Run the twin of AUTOMATIC1111 and its likes."""

from __future__ import annotations

from tests.twins.automatic1111.app import build
from tests.twins.automatic1111.dialect import FLAVOURS
from tests.twins.server import flags, main

if __name__ == "__main__":
    arguments = flags("automatic1111")
    arguments.add_argument("--flavour", choices=FLAVOURS, default="a1111", help="which server of the family it is")
    arguments.add_argument("--auth", default="", help="USER:PASSWORD, as --api-auth takes it")
    arguments.add_argument("--api", default="yes", help="`no` serves the web page alone")
    main(build, arguments)
