"""The sandbox: the doors onto a small embedded company, so that anyone can try the app without a bench.

Its books are double-entry and honest, in integer minor units; they never grow into an ERP.
"""
