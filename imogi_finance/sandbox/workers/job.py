"""The job that RQ runs: claim a run and work it, in the work-horse's own process."""

from __future__ import annotations

from imogi_finance.batch.answering import answer_ring
from imogi_finance.batch.fault_files import arm_from_environment
from imogi_finance.batch.holder import this_process
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.opening import open_app


def work_run(home: str, run: str) -> str:
    """Answer a ring for a run: work it, or a more urgent one; return why the work stopped.

    Args:
        home: folder of the sandbox.
        run: name of the run that was rung for.
    """
    arm_from_environment(home)
    with open_app(Home.at(home)) as app:
        return answer_ring(app.engine, run, holder=this_process()).outcome.value
