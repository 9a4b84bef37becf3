"""What the command lines of both worlds share: the commands on runs, and how they answer.

``imogi-finance`` (sandbox) and ``bench --site SITE imogi-finance`` (ERPNext) have the same commands with the same
options, answers and exit codes. A world offers what ``world.py`` says; click is all that is needed beside the standard
library.
"""
