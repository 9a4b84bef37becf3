"""The sandbox's web server: the page, its JSON API and its Socket.IO events, on 127.0.0.1 only."""

from imogi_finance.sandbox.server.serving import serve

__all__ = ["serve"]
