"""The job that RQ runs: claim a run and work it, in the work-horse's own process."""

from __future__ import annotations

from imogi_finance.batch.fault_files import arm_from_environment
from imogi_finance.batch.holder import this_process
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.opening import open_app


def work_run(home: str, run: str) -> str:
    """Work a run until it ends or this worker must stop; return why it stopped.

    Args:
        home: folder of the sandbox.
        run: name of the run.
    """
    arm_from_environment(home)
    with open_app(Home.at(home)) as app:
        return app.engine.work(run, holder=this_process()).value
