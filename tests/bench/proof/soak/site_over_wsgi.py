"""The site as a production bench serves it: the application for gunicorn, run by the bench's Python in ``sites``.

``bench serve`` is told its site by argument, a production server by the host name. Here it is FRAPPE_SITE.
"""

from __future__ import annotations

import os

import frappe.app

frappe.app._site = os.environ["FRAPPE_SITE"]
application = frappe.app.application
