"""IMOGI Finance: money operations on hundreds of documents as durable batches, for ERPNext."""

__version__ = "0.3.0"
