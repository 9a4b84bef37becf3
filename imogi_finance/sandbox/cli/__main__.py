"""``python -m imogi_finance.sandbox.cli``."""

from imogi_finance.sandbox.cli import main

main(prog_name="imogi-finance")
