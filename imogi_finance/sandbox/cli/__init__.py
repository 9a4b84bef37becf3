"""The command line of the sandbox: ``imogi-finance``.

Every command takes ``--home`` and ``--json``. With ``--json`` exactly one JSON object goes to standard
output, whatever happens. Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted.
"""

from __future__ import annotations

import click

from imogi_finance import __version__
from imogi_finance.sandbox.cli.command import Sandbox, SandboxGroup
from imogi_finance.sandbox.cli.demo import demo
from imogi_finance.sandbox.cli.paying import cancel_payment, pay, unreconcile
from imogi_finance.sandbox.cli.selling import bill, cancel_invoice, credit_limit, delete_invoice, order, submit_invoice
from imogi_finance.sandbox.cli.serving import serve, worker
from imogi_finance.sandbox.cli.setting_up import import_, init
from imogi_finance.terminal.invoicing import invoice_command
from imogi_finance.terminal.reconciling import reconcile_command
from imogi_finance.terminal.running import run_commands
from imogi_finance.terminal.showing import show_commands


@click.group(cls=SandboxGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="imogi-finance")
def main() -> None:
    """Reconcile one bank transaction with hundreds of unpaid invoices, and invoice sales orders by the
    thousand, without a bench.

    Begin with "imogi-finance demo", or make a company of your own: "imogi-finance init --sample 150".
    """


_shared = (show_commands(Sandbox), reconcile_command(Sandbox), invoice_command(Sandbox), run_commands(Sandbox))
_by_hand = (pay, cancel_payment, unreconcile, order, bill, submit_invoice, delete_invoice, cancel_invoice, credit_limit)
for _command in (demo, init, import_, *_shared, *_by_hand, serve, worker):
    main.add_command(_command)
