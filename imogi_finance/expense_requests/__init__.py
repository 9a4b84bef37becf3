"""Requests for money: approved, invoiced, and Paid once the whole invoice is paid and confirmed by the bank.

``status.py`` is the rule, in pure functions, and ``documents.py`` names the documents: standard library only.
``service.py`` keeps status and invoice of a request true, ``invoicing.py`` makes the invoice and ``linking.py`` says
which invoice may be a request's. ``events.py`` and ``api.py`` are what ERPNext and the Desk call.
"""
