"""How the app fares on this site: what the Batch Health page shows and ``imogi-finance health`` prints.

``notes`` is what jobs leave, ``runs`` and ``machinery`` read, ``judging`` says what is wrong, ``looking`` is the whole.
"""
