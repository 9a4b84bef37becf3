"""Intruders: what each kind of user may reach, over real HTTP and sockets, and that nobody reaches more."""
