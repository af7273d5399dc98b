"""What the exit codes mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maquette.core.errors import MaquetteError, RequestRefused, ServerFault

if TYPE_CHECKING:
    from maquette.client import Job

OK, FAILED, USAGE, UNREACHABLE, REFUSED, ATTENTION, CANCELLED = 0, 1, 2, 3, 4, 5, 130

_CONFIGURATION = frozenset({"config_invalid", "address_refused", "address_in_use", "home_in_use", "master_key_missing"})


def exit_code(error: MaquetteError) -> int:
    """Return the exit code of an error."""
    # By its code: the class lives with the client, which --help does not load.
    if error.code == "server_unreachable":
        return UNREACHABLE
    if isinstance(error, RequestRefused):
        return REFUSED
    if isinstance(error, ServerFault) and error.code in _CONFIGURATION:
        return USAGE
    return FAILED


def job_code(job: Job) -> int:
    """Return the exit code of a job that is settled, or that nobody waits for."""
    if job.state == "cancelled":
        return CANCELLED
    if job.state == "failed":
        return FAILED
    return ATTENTION if job.attention is not None or job.asks else OK
